#include "capture/library.h"

#include <dlfcn.h>

#include "media/error.h"

namespace capture {

Library::Library(const char* soname, const char* package)
    : soname_(soname), handle_(dlopen(soname, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE)) {
  if (handle_ == nullptr) {
    const std::string install = std::string("install it (on Debian and Ubuntu: apt install ") + package + ")";
    throw media::Error(media::Code::kDeviceNotFound, std::string(soname) + " could not be loaded; " + install);
  }
  dlclose(handle_);  // RTLD_NODELETE keeps it mapped and the handle good for dlsym
}

void* Library::find(const char* name) const {
  void* const address = dlsym(handle_, name);
  if (address == nullptr) {
    const std::string missing = std::string(soname_) + " has no " + name;
    throw media::Error(media::Code::kDeviceNotFound, missing + "; install a newer version of it");
  }
  return address;
}

void keep_this_code_loaded() {
  Dl_info self{};
  if (dladdr(reinterpret_cast<void*>(&keep_this_code_loaded), &self) == 0) return;
  if (void* const handle = dlopen(self.dli_fname, RTLD_NOW | RTLD_NODELETE)) dlclose(handle);
}

}  // namespace capture
