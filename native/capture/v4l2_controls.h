// A camera's controls: brightness, exposure, focus. They are the device's, not a stream's: any open node reads and sets them,
// also while another program or another thread streams. One thread for each node.
#pragma once

#include <vector>

#include "capture/capture.h"
#include "capture/v4l2_node.h"

namespace capture {

/// In the driver's order. Left out are those that are switched off, and those that hold more than one number.
std::vector<CameraControl> controls_of(const V4l2Node& node);

/// All or none where the driver can; together, so that switching an automatism off goes with the value that it kept from being
/// set. Throws ERR_DEVICE_FORMAT for a control or a value that the camera does not have, ERR_DEVICE_BUSY for one that is locked.
void set_controls(const V4l2Node& node, const ControlValues& values);

}  // namespace capture
