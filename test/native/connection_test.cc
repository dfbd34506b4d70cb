#include <doctest/doctest.h>

#include <atomic>
#include <filesystem>
#include <semaphore>

#include "client.h"
#include "scripted_server.h"

using namespace std::chrono_literals;
using client::Client;
using client::kLong;
using client::options;
using client::says;
using media::Code;
using media::Error;
using Peer = ScriptedServer::Peer;
using server_bytes::Bytes;

TEST_CASE("a connection publishes, sends, answers and says goodbye") {
  Bytes received;
  std::binary_semaphore ponged(0);
  ScriptedServer server([&](Peer& peer) {
    peer.accept_publisher();
    peer.write(server_bytes::ping(0x50494e47));
    peer.expect(std::string_view("\0\x07PING", 6));
    peer.write(server_bytes::message(3, server_bytes::big_endian(5'000, 4), 2, 4096));
    ponged.release();
    peer.until_closed();
    received = peer.received();
  });
  Client client(server.url("key?token=1"));
  REQUIRE_FALSE(client.open());
  CHECK(client.connection.writable());
  client.connection.send_script(Bytes{2, 0, 1, 'm'}, 0);
  Bytes frame(200'000);
  for (size_t i = 0; i < frame.size(); ++i) frame[i] = static_cast<uint8_t>(i * 31 >> 3);
  client.connection.send_track(media::Track::kVideo, frame, 0x01020304);
  media::Packet packet(media::Track::kAudio, 3);
  std::ranges::copy(Bytes{0xaf, 1, 9}, packet.body().begin());
  client.connection.send(std::move(packet), 66);
  while (!ponged.try_acquire()) {
    client.connection.service();
    std::this_thread::yield();
  }
  while (client.connection.counters().bytes_acked == 0) std::this_thread::yield();
  CHECK(client.connection.counters().bytes_acked == 5'000);
  CHECK(client.connection.counters().bytes_received > 3'073);
  CHECK(client.connection.close(kLong));
  server.join();
  CHECK(client.connection.counters().bytes_sent == received.size());
  CHECK(client.connection.counters().bytes_unsent == 0);

  const auto holds = [&](const Bytes& part) { return std::ranges::search(received, part).begin() != received.end(); };
  const auto holds_text = [&](std::string_view part) { return std::ranges::search(received, part).begin() != received.end(); };
  CHECK(holds_text("key?token=1"));
  CHECK(holds({2, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0, 0, 1, 0, 0}));         // Set Chunk Size 65536
  CHECK(holds({5, 0, 0, 0, 0, 0, 4, 18, 1, 0, 0, 0, 2, 0, 1, 'm'}));      // the script
  CHECK(holds({4, 0, 0, 66, 0, 0, 3, 8, 1, 0, 0, 0, 0xaf, 1, 9}));        // the sound
  Bytes video = {6, 0xff, 0xff, 0xff, 3, 0x0d, 0x40, 9, 1, 0, 0, 0, 1, 2, 3, 4};
  for (size_t at = 0; at < frame.size(); at += 65536) {
    if (at > 0) server_bytes::append(video, Bytes{0xc6, 1, 2, 3, 4});
    server_bytes::append(video, std::span(frame).subspan(at, std::min<size_t>(65536, frame.size() - at)));
  }
  CHECK(holds(video));
  CHECK(holds_text("FCUnpublish"));
  CHECK(holds_text("deleteStream"));
  CHECK_THROWS_AS(client.connection.service(), Error);
  CHECK_THROWS_AS(client.connection.send_script(Bytes{5}, 0), Error);
}

TEST_CASE("a server that stops reading") {
  SUBCASE("is told that the connection ends when the write timeout has passed") {
    ScriptedServer server([](Peer& peer) { peer.accept_publisher(), peer.until_reset(); }, 4096);
    Client client(server.url(), options(kLong, 200ms));
    REQUIRE_FALSE(client.open());
    const Error error = client.send_until_failure();
    CHECK(error.code == Code::kRtmpTimeout);
    CHECK_FALSE(client.connection.writable());
    server.join();
  }
  SUBCASE("does not delay an abort") {
    const ScriptedServer server([](Peer& peer) { peer.accept_publisher(), peer.until_reset(); }, 4096);
    Client client(server.url());
    REQUIRE_FALSE(client.open());
    const std::jthread other([&] {
      while (client.connection.writable()) std::this_thread::yield();
      client.connection.abort();
    });
    CHECK(client.send_until_failure().code == Code::kRtmpDisconnected);
  }
  SUBCASE("and writes without end does not block either side") {
    const ScriptedServer server(
        [](Peer& peer) {
          peer.accept_publisher();
          Bytes pings;
          for (uint32_t i = 0; i < 1'000; ++i) server_bytes::append(pings, server_bytes::ping(i));
          for (int i = 0; i < 200; ++i) peer.write(pings);
        },
        4096);
    Client client(server.url());
    REQUIRE_FALSE(client.open());
    client.end();  // the script's; its write() calls were never stuck
  }
  SUBCASE("does not hold up a close beyond its timeout") {
    const ScriptedServer server([](Peer& peer) { peer.accept_publisher(), peer.until_reset(); }, 4096);
    Client client(server.url());
    REQUIRE_FALSE(client.open());
    const Bytes frame(1'000, 7);
    while (client.connection.writable()) client.connection.send_track(media::Track::kVideo, frame, 0);
    CHECK_FALSE(client.connection.close(100ms));
  }
}

TEST_CASE("a server that reads slowly and steadily is not stuck") {
  std::atomic<bool> enough = false;
  ScriptedServer server(
      [&](Peer& peer) {
        peer.accept_publisher();
        for (; !enough; std::this_thread::sleep_for(10ms)) peer.read_some(200);
        peer.until_closed();
      },
      4096);
  Client client(server.url(), options(kLong, 2s));
  REQUIRE_FALSE(client.open());
  const Bytes frame(30'000, 7);
  const auto end = std::chrono::steady_clock::now() + 6s;
  CHECK_NOTHROW([&] {
    while (std::chrono::steady_clock::now() < end) client.connection.send_track(media::Track::kVideo, frame, 0);
  }());
  enough = true;
  CHECK(client.connection.close(kLong));
}

TEST_CASE("a program that sends nothing for longer than the write timeout may go on") {
  const ScriptedServer server([](Peer& peer) { peer.accept_publisher(), peer.until_closed(); });
  Client client(server.url(), options(kLong, 200ms));
  REQUIRE_FALSE(client.open());
  const Bytes frame(1'000, 7);
  for (int i = 0; i < 3; ++i) {
    std::this_thread::sleep_for(500ms);
    CHECK_NOTHROW(client.connection.send_track(media::Track::kVideo, frame, 0));
  }
  CHECK_NOTHROW(client.connection.service());
  CHECK(client.connection.close(kLong));
}

TEST_CASE("an interruption of the network") {
  // It is interrupted in the middle of a stream; true if that goes on afterwards.
  const auto outlives = [](media::Time interruption, media::Time write_timeout) {
    std::binary_semaphore sending(0);
    std::atomic<bool> over = false;
    ScriptedServer server([&](Peer& peer) {
      peer.accept_publisher();
      sending.acquire();
      peer.interrupt();
      const auto end = std::chrono::steady_clock::now() + interruption;
      while (!over && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(5ms);
      peer.restore();
      peer.until_closed();
    });
    Client client(server.url(), options(kLong, write_timeout));
    if (client.open()) return false;
    const Bytes frame(1'000, 7);
    const auto begin = std::chrono::steady_clock::now();
    bool alive = true;
    try {
      for (int i = 0; std::chrono::steady_clock::now() - begin < interruption + write_timeout / 2; ++i) {
        client.connection.send_track(media::Track::kVideo, frame, 0);
        if (i == 10) sending.release();
        std::this_thread::sleep_for(10ms);
      }
      client.connection.service();
    } catch (const Error& error) {
      CHECK(error.code == Code::kRtmpTimeout);
      CHECK(says(error, "took nothing"));
      CHECK(std::chrono::steady_clock::now() - begin >= write_timeout);
      alive = false;
    }
    over = true;
    if (alive) CHECK(client.connection.close(kLong));
    return alive;
  };
  SUBCASE("that is shorter than the write timeout does not end the stream") {
    for (const media::Time interruption : {1200ms, 1500ms, 1800ms}) {
      CAPTURE(interruption.count());
      CHECK(outlives(interruption, 2s));
    }
  }
  SUBCASE("that is longer does") { CHECK_FALSE(outlives(60s, 1s)); }
}

TEST_CASE("a close gives a slow server time for what is still on its way") {
  size_t received = 0;
  ScriptedServer server(
      [&](Peer& peer) {
        peer.accept_publisher();
        std::this_thread::sleep_for(1300ms);
        peer.until_closed();
        received = peer.received().size();
      },
      4096);
  Client client(server.url());
  REQUIRE_FALSE(client.open());
  const Bytes frame(1'000, 7);
  while (client.connection.writable()) client.connection.send_track(media::Track::kVideo, frame, 0);
  CHECK(client.connection.close(kLong));
  server.join();
  CHECK(received == client.connection.counters().bytes_sent);
}

TEST_CASE("the server's last words are heard when sending finds the connection closed") {
  const ScriptedServer server([](Peer& peer) {
    peer.accept_publisher();
    peer.write(Peer::status("error", "NetStream.Publish.BadName", "taken over"));
  });
  Client client(server.url());
  REQUIRE_FALSE(client.open());
  const Error error = client.send_until_failure();
  CHECK(error.code == Code::kRtmpBusy);
  CHECK(error.status->description == "taken over");
}

TEST_CASE("pings are answered while the server takes its time") {
  const ScriptedServer server([](Peer& peer) {
    peer.handshake();
    peer.expect("connect");
    peer.write(server_bytes::connect_result());
    peer.expect("createStream");
    peer.write(server_bytes::ping(0x50494e47));
    peer.expect(std::string_view("\0\x07PING", 6));
    peer.write(server_bytes::create_stream_result());
    peer.expect("live");
    peer.write(Peer::status("status", "NetStream.Publish.Start", "Start publishing"));
    peer.until_closed();
  });
  Client client(server.url());
  CHECK_FALSE(client.open());
}

TEST_CASE("writable() that said no is taken back by a wake-up") {
  std::binary_semaphore read_on(0);
  const ScriptedServer server(
      [&](Peer& peer) {
        peer.accept_publisher();
        read_on.acquire();
        peer.until_closed();
      },
      4096);
  Client client(server.url());
  REQUIRE_FALSE(client.open());
  const Bytes frame(1'000, 7);
  do {  // a link's thread that was late makes room for some more
    while (client.connection.writable()) client.connection.send_track(media::Track::kVideo, frame, 0);
  } while (client.connection.counters().bytes_unsent < 16'384);
  read_on.release();
  while (!client.connection.writable()) client.woken.acquire();
}

TEST_CASE("what ends a live stream is told") {
  const auto end = [](const Bytes& last_words) {
    std::binary_semaphore go_on(0);
    const ScriptedServer server([&](Peer& peer) {
      peer.accept_publisher();
      peer.write(server_bytes::message(3, server_bytes::big_endian(1'000'000, 4), 2, 4096));
      go_on.acquire();
      peer.write(last_words);
      if (!last_words.empty()) peer.until_closed();
    });
    Client client(server.url());
    REQUIRE_FALSE(client.open());
    client.until_taken();
    go_on.release();
    return client.end();
  };
  CHECK(end({}).code == Code::kRtmpDisconnected);
  CHECK(says(end({}), "closed the connection"));
  CHECK(end(Peer::status("error", "NetStream.Publish.BadName", "taken over")).code == Code::kRtmpBusy);
  const Error error = end(Peer::status("status", "NetStream.Unpublish.Success", "bye"));
  CHECK(error.code == Code::kRtmpDisconnected);
  CHECK(error.status->description == "bye");
  CHECK(end(Bytes(100, 0xff)).code == Code::kRtmpDisconnected);
}

TEST_CASE("a server that takes back at once what it had accepted refuses the stream") {
  const auto end = [](const Bytes& last_words, bool sends) {
    const ScriptedServer server([&](Peer& peer) {
      peer.accept_publisher();
      if (sends) peer.expect("first frame");
      if (last_words.empty()) return;
      peer.write(last_words);
      peer.until_closed();
    });
    Client client(server.url());
    REQUIRE_FALSE(client.open());
    CHECK(client.connection.moment_end() > media::monotonic_now() - kLong);
    const std::string_view frame = "first frame";
    if (sends) client.connection.send_track(media::Track::kVideo, Bytes(frame.begin(), frame.end()), 0);
    return client.end();
  };
  for (const bool sends : {false, true}) {
    Error error = end({}, sends);
    CHECK(error.code == Code::kRtmpBusy);
    CHECK_FALSE(error.status);
    CHECK(says(error, "right after it had accepted the stream, without a reason; most likely the stream key is already in use, or"));
    error = end(Peer::status("error", "NetStream.Publish.BadName", ""), sends);
    CHECK(error.code == Code::kRtmpBusy);
    CHECK(error.status);
    error = end(Peer::status("status", "NetStream.Unpublish.Success", "bye"), sends);
    CHECK(error.code == Code::kRtmpDisconnected);  // its word for an end
    CHECK(error.status->description == "bye");
  }
}

TEST_CASE("a stream is taken when the server has acknowledged some of it, or after a moment") {
  std::binary_semaphore done(0);
  const ScriptedServer server([&](Peer& peer) {
    peer.accept_publisher();
    peer.write(server_bytes::message(3, server_bytes::big_endian(10, 4), 2, 4096));  // of what was said before the stream
    done.acquire();
  });
  Client client(server.url());
  REQUIRE_FALSE(client.open());
  const media::Time moment_end = client.connection.moment_end();
  client.until_taken();
  CHECK(media::monotonic_now() >= moment_end);
  done.release();
  CHECK(client.end().code == Code::kRtmpDisconnected);
}

TEST_CASE("a server that closes on FCUnpublish has delivered all") {
  // deleteStream finds the connection closed: the server's host answers with a reset.
  for (int i = 0; i < 50; ++i) {
    const ScriptedServer server([](Peer& peer) {
      peer.accept_publisher();
      peer.expect("FCUnpublish");
    });
    Client client(server.url());
    REQUIRE_FALSE(client.open());
    client.connection.send_track(media::Track::kVideo, Bytes(1'000, 7), 0);
    CHECK(client.connection.close(kLong));
  }
  // One that had not heard all of the stream has not.
  ScriptedServer server([](Peer& peer) { peer.accept_publisher(), peer.until_reset(); }, 4096);
  Client client(server.url());
  REQUIRE_FALSE(client.open());
  while (client.connection.writable()) client.connection.send_track(media::Track::kVideo, Bytes(1'000, 7), 0);
  CHECK_FALSE(client.connection.close(10ms));
}

TEST_CASE("nothing is left behind") {
  const auto descriptors = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator());
  };
  const auto before = descriptors();
  for (int i = 0; i < 20; ++i) {
    const ScriptedServer server([](Peer& peer) { peer.accept_publisher(), peer.until_closed(); });
    Client client(server.url());
    REQUIRE_FALSE(client.open());
    if (i % 2 == 0) client.connection.close(kLong);
  }
  CHECK(descriptors() <= before);
}
