// A shared library loaded at run time, so that the addon loads on a machine without it and only what needs it is missing.
// Once loaded it stays in the process: libpulse leaves thread-local destructors behind that must not outlive their code.
#pragma once

#include <memory>
#include <string>

namespace capture {

class Library {
 public:
  /// Throws ERR_DEVICE_NOT_FOUND that names `package`, Debian's name of what brings the library; ERR_DEVICE_LOST where this process
  /// lacks what it takes to load any.
  Library(const char* soname, const char* package);

  /// A function or an object of the library by its name: `library.symbol<decltype(&pa_context_new)>("pa_context_new")`.
  template <typename Pointer>
  Pointer symbol(const char* name) const {
    return reinterpret_cast<Pointer>(find(name));
  }

 private:
  void* find(const char* name) const;

  const char* soname_;
  void* handle_;
};

/// For a thread that may outlive its owner: the addon is not unloaded any more.
void keep_this_code_loaded();

}  // namespace capture
