// What libpulse says on stderr by itself: of a runtime directory that is another user's, of a socket that it cannot make.
#pragma once

namespace capture {

/// Ends that, where libpulse is installed: errors tell it. Its log is the whole process's and has no public switch; whoever set
/// PULSE_LOG wants to read it. Any thread.
void silence_pulse();

}  // namespace capture
