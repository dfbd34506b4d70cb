// What ALSA's error numbers mean to the one who asked for a device, and what to do.
#pragma once

#include <unistd.h>

#include <cerrno>
#include <string>

#include "media/error.h"
#include "system/shortage.h"

namespace capture {

/// A card whose nodes this user may not open looks to libasound like none.
inline bool cards_are_forbidden() {
  for (int card = 0; card < 32; card++) {
    const std::string node = "/dev/snd/controlC" + std::to_string(card);
    if (access(node.c_str(), R_OK | W_OK) != 0 && errno == EACCES) return true;
  }
  return false;
}

/// `error` is negative, as libasound returns it; `words` are its own.
inline media::Error refusal(const std::string& device, int error, const std::string& words) {
  using media::Code;
  const auto make = [&](Code code, const std::string& message) {
    return media::Error(code, message + ". ALSA says: " + words).with_device(device);
  };
  if (const int lacking = sys::shortage_behind(-error); lacking != 0) {
    return media::Error::from_errno(Code::kDeviceLost, "sound device " + device + " could not be opened", "snd_pcm_open", lacking)
        .with_device(device);
  }
  const bool missing = error == -ENOENT || error == -ENODEV || error == -ENXIO;
  if (error == -EACCES || error == -EPERM || (missing && cards_are_forbidden())) {
    return make(Code::kDevicePermission, "sound device " + device + " may not be used; add the user to the group \"audio\"");
  }
  if (missing) {
    return make(Code::kDeviceNotFound, "ALSA has no sound input " + device + "; \"arecord -L\" or listDevices() shows what there is");
  }
  if (error == -EBUSY || error == -EAGAIN) {
    return make(Code::kDeviceBusy, "sound device " + device + " is in use by another program; end that, or capture through the " +
                                       "sound server that holds it (backend \"pulse\")");
  }
  return make(Code::kDeviceLost, "sound device " + device + " could not be opened");
}

/// What was asked for is none of what the device can.
inline media::Error unfit(const std::string& device, const std::string& what) {
  return media::Error(media::Code::kDeviceFormat, "sound device " + device + " cannot be had " + what +
                                                      "; name it as \"plughw:\" instead of \"hw:\", which converts")
      .with_device(device);
}

}  // namespace capture
