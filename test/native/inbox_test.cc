#include <doctest/doctest.h>

#include "rtmp/inbox.h"
#include "server_bytes.h"

using rtmp::Inbox;

namespace {

void acknowledge(Inbox& inbox, uint32_t bytes) {
  inbox.receive(server_bytes::message(3, server_bytes::big_endian(bytes, 4), 2), 0);
}

}  // namespace

TEST_CASE("acknowledgements count on beyond 32 bits") {
  Inbox inbox;
  for (const uint32_t bytes : {0x4000'0000u, 0x8000'0000u, 0xff00'0000u, 0x0000'1000u}) acknowledge(inbox, bytes);
  CHECK(inbox.acknowledged() == 0x1'0000'1000u);
}

TEST_CASE("acknowledgements count on where nginx-rtmp begins anew") {
  Inbox inbox;
  for (const uint32_t bytes : {0x8000'0000u, 0xefff'0000u, 0x0000'1000u, 0x0000'2000u}) acknowledge(inbox, bytes);
  CHECK(inbox.acknowledged() == 0xefff'2000u);
}

TEST_CASE("an inbox that has ended gives what is left, then says so") {
  Inbox inbox;
  inbox.receive(server_bytes::on_status("error", "NetStream.Publish.BadName", "taken"), 0);
  inbox.end();
  CHECK(inbox.wait());
  CHECK(inbox.take_command()->name == "onStatus");
  CHECK_FALSE(inbox.wait());
}
