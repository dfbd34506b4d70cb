#include "capture/library.h"

#include <dlfcn.h>

#include "media/error.h"
#include "system/library.h"

namespace capture {

Library::Library(const char* soname, const char* package) : soname_(soname) {
  sys::LoadFailure failure;
  handle_ = sys::load(soname, RTLD_LOCAL | RTLD_NODELETE, failure);
  if (handle_ == nullptr) throw failure.error(media::Code::kDeviceNotFound, media::Code::kDeviceLost, soname, package);
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
