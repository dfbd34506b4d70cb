// Whether this process lacks what any opening needs: asked where a failure does not tell its cause, or tells another one.
#pragma once

namespace sys {

/// EMFILE or ENFILE where the file descriptors are used up but for a few, as a library needs for a moment; else 0. Any thread.
int shortage_now();

/// The same; or `number`, an errno, where that is a shortage itself.
int shortage_behind(int number);

}  // namespace sys
