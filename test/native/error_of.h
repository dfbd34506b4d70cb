// The error that an action throws; a failed test when it throws none.
#pragma once

#include <doctest/doctest.h>

#include "media/error.h"

namespace test {

template <typename Action>
media::Error error_of(Action action) {
  try {
    action();
  } catch (const media::Error& error) {
    return error;
  }
  FAIL("no error");
  throw;
}

}  // namespace test
