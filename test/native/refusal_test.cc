// All the ways in which open() fails, against servers that refuse, break or fall silent at each stage.
#include <doctest/doctest.h>

#include <atomic>
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

namespace {

Error refusal(const std::function<void(Peer&)>& script, rtmp::Options settings = options()) {
  const ScriptedServer server(script);
  Client client(server.url(), settings);
  const auto error = client.open();
  REQUIRE(error);
  return *error;
}

void to_connect(Peer& peer) {
  peer.handshake();
  peer.expect("connect");
}
void to_create_stream(Peer& peer) {
  to_connect(peer);
  peer.write(server_bytes::connect_result());
  peer.expect("createStream");
}
void to_publish(Peer& peer) {
  to_create_stream(peer);
  peer.write(server_bytes::create_stream_result());
  peer.expect("live");
}

}  // namespace

TEST_CASE("a busy key is told from everything else") {
  Error error = refusal([](Peer& peer) {
    to_publish(peer);
    peer.write(Peer::status("error", "NetStream.Publish.BadName", "sekret-key is already publishing"));
    peer.until_closed();
  });
  CHECK(error.code == Code::kRtmpBusy);
  REQUIRE(error.status);
  CHECK(error.status->code == "NetStream.Publish.BadName");
  CHECK(error.status->level == "error");
  CHECK(error.status->description == "**** is already publishing");

  // A key that is one of the protocol's words does not change them.
  const ScriptedServer server([](Peer& peer) {
    to_publish(peer);
    peer.write(Peer::status("error", "NetStream.Publish.BadName", "Publish"));
    peer.until_closed();
  });
  const auto words = Client(server.url("Publish")).open();
  REQUIRE(words);
  CHECK(words->code == Code::kRtmpBusy);
  CHECK(words->status->code == "NetStream.Publish.BadName");
  CHECK(words->status->description == "****");

  // It is also said of a key that is not known.
  error = refusal([](Peer& peer) {
    to_publish(peer);
    peer.write(Peer::status("error", "NetStream.Publish.BadName", "Invalid stream key"));
    peer.until_closed();
  });
  CHECK(error.code == Code::kRtmpAuth);

  error = refusal(to_publish);  // and closes
  CHECK(error.code == Code::kRtmpBusy);
  CHECK(says(error, "already in use"));
}

TEST_CASE("no part of the key is quoted") {
  const ScriptedServer server([](Peer& peer) {
    to_publish(peer);
    peer.write(Peer::status("error", "NetStream.Publish.Denied", "no rights for cam1: token S3CRET/TOKEN of S3CRET%2fTOKEN, in Xyz"));
    peer.until_closed();
  });
  const auto error = Client(server.url("cam1?token=S3CRET%2fTOKEN&place=Xyz")).open();
  REQUIRE(error);
  CHECK(error->status->description == "no rights for ****: token **** of ****, in ****");
}

TEST_CASE("a server that refuses is quoted") {
  Error error = refusal([](Peer& peer) {
    to_connect(peer);
    peer.write(server_bytes::status_command("_error", 1, "error", "NetConnection.Connect.Rejected", "no such app"));
    peer.until_closed();
  });
  CHECK(error.code == Code::kRtmpRejected);
  CHECK(error.status->description == "no such app");
  CHECK(says(error, "NetConnection.Connect.Rejected, \"no such app\""));
  CHECK(says(error, "/app/****"));

  error = refusal([](Peer& peer) {
    to_connect(peer);
    peer.write(server_bytes::message(20, flv::Amf0Writer().string("_error").number(1).take()));
    peer.until_closed();
  });
  CHECK(error.code == Code::kRtmpRejected);
  CHECK(says(error, "it gave no reason"));

  error = refusal([](Peer& peer) {
    to_connect(peer);
    peer.write(server_bytes::status_command("_error", 1, "error", "NetConnection.Connect.Rejected",
                                            "[ AccessManager.Reject ] : [ code=403 need auth; authmod=adobe ] : "));
    peer.until_closed();
  });
  CHECK(error.code == Code::kRtmpAuth);

  error = refusal([](Peer& peer) {
    to_create_stream(peer);
    peer.write(server_bytes::message(20, flv::Amf0Writer().string("_result").number(4).null().number(-1e300).take()));
    peer.until_closed();
  });
  CHECK(error.code == Code::kRtmpRejected);
  CHECK(says(error, "create a stream"));

  error = refusal([](Peer& peer) {
    to_publish(peer);
    peer.write(Peer::status("error", "NetStream.Publish.Denied", "no"));
    peer.until_closed();
  });
  CHECK(error.code == Code::kRtmpAuth);
}

TEST_CASE("words that are no refusal by themselves are told when the connection ends") {
  const auto last_words = [](const Bytes& words) {
    return refusal([&](Peer& peer) {
      to_publish(peer);
      peer.write(words);
    });
  };
  Error error = last_words(Peer::status("warning", "Custom.Quota", "5 of 5 streams, sekret-key is the sixth"));
  CHECK(error.code == Code::kRtmpRejected);
  REQUIRE(error.status);
  CHECK(error.status->code == "Custom.Quota");
  CHECK(error.status->description == "5 of 5 streams, **** is the sixth");
  CHECK(says(error, "refused to publish (Custom.Quota, \"5 of 5 streams, **** is the sixth\")"));

  flv::Amf0Writer amf;
  amf.string("onStatus").number(0).null().begin_object().key("code").string("NetStream.publish.Unauthorized").end_object();
  error = last_words(server_bytes::message(20, amf.take(), 3, 4096));
  CHECK(error.code == Code::kRtmpAuth);
  CHECK(error.status->code == "NetStream.publish.Unauthorized");

  error = refusal(
      [](Peer& peer) {
        to_publish(peer);
        peer.write(Peer::status("warning", "Custom.Queue", "the third in line"));
        peer.until_closed();
      },
      options(1s));
  CHECK(error.code == Code::kRtmpTimeout);
  CHECK(says(error, "before, it had said: Custom.Queue, \"the third in line\""));
  CHECK(error.status->code == "Custom.Queue");
}

TEST_CASE("where a server sends its publishers is told, without the key") {
  const auto redirect = [](std::string_view target) {
    return refusal([&](Peer& peer) {
      to_connect(peer);
      flv::Amf0Writer amf;
      amf.string("_error").number(1).null().begin_object().key("level").string("error");
      amf.key("code").string("NetConnection.Connect.Rejected").key("description").string("RTMP 302 Redirect");
      amf.key("ex").begin_object().key("code").number(302).key("redirect").string(target).end_object().end_object();
      peer.write(server_bytes::message(20, amf.take()));
      peer.until_closed();
    });
  };
  Error error = redirect("rtmp://other.example:1936/live");
  CHECK(error.code == Code::kRtmpRejected);
  CHECK(error.status->description == "RTMP 302 Redirect");
  CHECK(says(error, "publish to rtmp://other.example:1936/live/**** instead"));
  CHECK(says(redirect("rtmp://other.example/live/sekret-key?token=x"), "publish to rtmp://other.example/live/**** instead"));
  CHECK(says(redirect("rtmp://other.example/live/?vhost=x"), "publish to rtmp://other.example/live/**** instead"));
}

TEST_CASE("a URL of one name publishes as FFmpeg does, and a refusal of it says that the key may be missing") {
  const ScriptedServer server([](Peer& peer) {
    peer.handshake();
    peer.expect("connect");
    peer.write(server_bytes::connect_result());
    peer.expect(std::string_view("releaseStream\0\x40\0\0\0\0\0\0\0\x05\x02\0\0", 25));  // of the empty name
    peer.expect("createStream");
    peer.write(server_bytes::create_stream_result());
    peer.expect(std::string_view("publish\0\x40\x14\0\0\0\0\0\0\x05\x02\0\0\x02\0\x04live", 26));
    peer.write(Peer::status("error", "NetStream.Publish.Rejected", peer.met() ? "no mystream" : "other commands"));
    peer.until_closed();
  });
  const std::string at = server.url("");
  Client client(at.substr(0, at.find("/app")) + "/mystream?user=joe&pass=sekret");
  const auto error = client.open();
  REQUIRE(error);
  CHECK(error->status->description == "no ****");
  CHECK(says(*error, "it has one name, and most servers want an application and a stream key"));
}

TEST_CASE("a connection closed at each stage") {
  CHECK(refusal([](Peer&) {}).code == Code::kRtmpHandshake);
  CHECK(refusal([](Peer& peer) { peer.write(Bytes(100, 3)); }).code == Code::kRtmpHandshake);
  CHECK(refusal([](Peer& peer) { peer.handshake(); }).code != Code::kRtmpTimeout);
  const Error error = refusal(to_connect);
  CHECK(error.code == Code::kRtmpRejected);
  CHECK(says(error, "check the application"));
  CHECK(refusal(to_create_stream).code == Code::kRtmpRejected);
  CHECK(refusal(to_publish).code == Code::kRtmpBusy);
}

TEST_CASE("a server that closes with its last answer has not been asked to publish") {
  // One segment has both, so that the client cannot have said more before the end.
  const Error error = refusal([](Peer& peer) {
    to_create_stream(peer);
    peer.write_last(server_bytes::create_stream_result());
  });
  CHECK(error.code == Code::kRtmpDisconnected);
  CHECK(says(error, "without having read what it was asked"));
}

TEST_CASE("what answers but is no RTMP server") {
  const auto answer = [](std::string_view text) {
    return refusal([text](Peer& peer) {
      peer.write(Bytes(text.begin(), text.end()));
      peer.until_closed();
    });
  };
  Error error = answer("HTTP/1.1 400 Bad Request\r\n\r\n");
  CHECK(error.code == Code::kRtmpHandshake);
  CHECK(says(error, "HTTP server"));
  CHECK(says(answer("\x15\x03\x01"), "TLS server"));
  CHECK(says(answer("\x06"), "its first byte is 6"));

  error = refusal([](Peer& peer) {
    peer.handshake();
    peer.write(Bytes(5'000, 0xff));
    peer.until_closed();
  });
  CHECK(error.code == Code::kRtmpHandshake);
  CHECK(says(error, "not RTMP"));
}

TEST_CASE("a server that falls silent is waited for until the deadline, and the stage is named") {
  // On a slow machine a deadline may pass before the stage is reached: then the next is twice as long.
  const auto silent_after = [](const std::function<void(Peer&)>& script) {
    for (media::Time timeout = 50ms;; timeout *= 2) {
      std::atomic<bool> reached = false;
      const auto script_and_silence = [&](Peer& peer) {
        script(peer);
        reached = peer.met();
        peer.until_closed();
      };
      const Error error = refusal(script_and_silence, options(timeout));
      CHECK(error.code == Code::kRtmpTimeout);
      CHECK(says(error, "within " + std::to_string(timeout / 1ms) + " ms"));
      if (reached) return error;
    }
  };
  const auto half_a_handshake = [](Peer& peer) {
    peer.expect("\x03");
    peer.write(Bytes(3'000, 3));
  };
  CHECK(says(silent_after([](Peer& peer) { peer.expect("\x03"); }), "no answer to the RTMP handshake from 127.0.0.1"));
  CHECK(says(silent_after(half_a_handshake), "no answer to the RTMP handshake"));
  CHECK(says(silent_after(to_connect), "no answer to the connect command"));
  CHECK(says(silent_after(to_create_stream), "no answer to the createStream command"));
  CHECK(says(silent_after(to_publish), "no answer to the publish command"));
  CHECK(says(silent_after(to_publish), "it took the connection and ignores the publisher: check that its application takes live"));
}

TEST_CASE("no server") {
  int port = 0;
  {
    const ScriptedServer gone([](Peer&) {});
    port = rtmp::Url::parse(gone.url()).port;
  }
  Client client("rtmp://127.0.0.1:" + std::to_string(port) + "/app/sekret-key");
  const auto error = client.open();
  REQUIRE(error);
  CHECK(error->code == Code::kRtmpConnect);
  CHECK(error->number == ECONNREFUSED);
  CHECK(std::string_view(error->syscall) == "connect");

  Client lost("rtmp://no-such-host.invalid/app/sekret-key");
  CHECK(lost.open()->code == Code::kRtmpResolve);
}

TEST_CASE("abort, a requested stop and destruction end any wait") {
  const std::function<void(Peer&)> stages[] = {[](Peer&) {}, to_connect, to_create_stream, to_publish};
  for (const auto& stage : stages) {
    std::binary_semaphore reached(0);
    const ScriptedServer server([&](Peer& peer) {
      stage(peer);
      reached.release();
      peer.until_closed();
    });
    Client client(server.url());
    const std::jthread other([&] {
      reached.acquire();
      client.connection.abort();
    });
    const auto error = client.open();
    REQUIRE(error);
    CHECK(error->code == Code::kRtmpDisconnected);
    CHECK(says(*error, "aborted"));
  }
  {
    const ScriptedServer server([](Peer& peer) { peer.until_closed(); });
    Client client(server.url());
    std::stop_source stop;
    stop.request_stop();
    CHECK(client.open(stop.get_token())->code == Code::kRtmpDisconnected);
  }
  Client never_opened("rtmp://127.0.0.1:1/app/key");
  never_opened.connection.abort();
  CHECK(never_opened.open());
  never_opened.connection.close(kLong);
}
