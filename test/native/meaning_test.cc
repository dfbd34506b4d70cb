// What servers say to a publisher, from their sources and documentation, and what it means.
#include "rtmp/meaning.h"

#include <doctest/doctest.h>

#include <array>
#include <string>

using rtmp::Meaning;
using enum rtmp::Meaning;

TEST_CASE("the words of servers") {
  struct Words {
    const char* server;
    const char* level;
    const char* code;
    const char* description;
    Meaning meaning;
  };
  constexpr auto kWords = std::to_array<Words>({
      {"nginx-rtmp", "status", "NetStream.Publish.Start", "Start publishing", kNothing},
      {"nginx-rtmp", "error", "NetStream.Publish.BadName", "Already publishing", kBusy},
      {"nginx-rtmp, its recorder", "error", "NetStream.Record.Failed", "", kNothing},
      {"nginx-rtmp, its recorder", "status", "NetStream.Record.Start", "", kNothing},
      {"nginx-rtmp, at the end", "status", "NetStream.Unpublish.Success", "Stop publishing", kEnded},
      {"SRS", "error", "NetConnection.Connect.Rejected", "RTMP 302 Redirect", kRefused},
      {"SRS, onFCPublish", "", "NetStream.Publish.Start", "Started publishing stream.", kNothing},
      {"ZLMediaKit", "error", "NetStream.Publish.BadAuth", "rtmp push forbidden", kAuth},
      {"ZLMediaKit", "error", "NetStream.Publish.BadName", "Already publishing.", kBusy},
      {"node-media-server 2", "error", "NetStream.publish.Unauthorized", "Authorization required.", kAuth},
      {"node-media-server 2", "error", "NetStream.Publish.BadName", "Stream already publishing", kBusy},
      {"node-media-server 2", "error", "NetStream.Publish.BadConnection", "Connection already publishing", kBusy},
      {"crtmpserver", "error", "NetStream.Publish.BadName", "bn is not available", kBusy},
      {"MonaServer", "error", "NetStream.Publish.Failed", "Not allowed to publish x", kAuth},
      {"MonaServer", "error", "NetConnection.Connect.Rejected", "Redirection (see info.ex.redirect)", kRefused},
      {"brpc", "error", "NetStream.Play.StreamNotFound", "", kRefused},
      {"OvenMediaEngine", "error", "NetStream.Publish.Rejected", "Authentication Failed.", kAuth},
      {"Wowza", "error", "NetConnection.Connect.Rejected", "[ AccessManager.Reject ] : [ code=403 need auth; authmod=adobe ] : ", kAuth},
      {"Wowza", "error", "NetStream.Publish.Denied", "", kAuth},
      {"Wowza", "error", "NetStream.Publish.BadName", "Stream already exists: x", kBusy},
      {"Red5, Ant Media", "error", "NetStream.Failed", "You are not allowed to publish the stream.", kAuth},
      {"Red5, Ant Media", "error", "NetStream.Publish.BadName", "", kBusy},
      {"Red5, Ant Media", "error", "NetStream.InvalidArg", "", kRefused},
      {"Red5, Ant Media", "error", "NetConnection.Connect.InvalidApp", "", kRefused},
      {"Red5, Ant Media", "status", "NetConnection.Connect.AppShutdown", "", kEnded},
      {"Flash Media Server", "error", "NetConnection.Connect.Rejected", "Connection failed.", kRefused},
      {"Flash Media Server", "status", "NetConnection.Connect.Closed", "", kEnded},
      {"Flash Media Server", "status", "NetConnection.Connect.IdleTimeout", "", kEnded},
      {"Flash Media Server", "error", "NetConnection.Call.Failed", "Method not found (releaseStream).", kNothing},
      {"Flash Media Server", "status", "NetStream.Publish.Idle", "", kNothing},
      {"Flash Media Server", "status", "NetStream.Play.PublishNotify", "", kNothing},
      {"Enhanced RTMP", "status", "NetConnection.Connect.ReconnectRequest", "", kNothing},
      {"a server on rml_rtmp", "error", "NetStream.Publish.Denied", "Invalid stream key", kAuth},
      {"a server that says BadName of an unknown key", "error", "NetStream.Publish.BadName", "Invalid stream key", kAuth},
      {"a content delivery network", "error", "NetStream.Publish.AlreadyPublished", "", kBusy},
      {"a content delivery network", "error", "NetStream.Publish.TokenEmpty", "", kAuth},
      {"a content delivery network", "", "NetStream.Publish.AuthFailed", "", kAuth},
      {"a content delivery network", "status", "NetStream.Publish.NotWhiteList", "", kAuth},
      {"a content delivery network", "error", "NetStream.Publish.Arrearage", "", kRefused},
      {"a content delivery network", "status", "NetStream.Publish.KickOut", "", kEnded},
      {"one that calls it Failed", "error", "NetStream.Publish.Failed", "Already publishing", kBusy},
      // Without a level, or with one that the protocol does not know.
      {"no level", "", "NetStream.publish.Unauthorized", "", kAuth},
      {"no level", "", "NetStream.Publish.BadName", "", kBusy},
      {"no level", "", "Custom.Unauthorized", "", kAuth},
      {"no level", "", "NetStream.Publish.QuotaFailed", "", kRefused},
      {"odd level", "fatal", "NetStream.Publish.BadAuth", "", kAuth},
      {"odd level", "Error", "Custom.Quota", "5 of 5 streams", kRefused},
      {"odd level", "warning", "Custom.Quota", "5 of 5 streams", kUnclear},
      {"no code", "", "", "authorization required", kAuth},
      {"no code", "error", "", "", kRefused},
      {"nothing", "", "", "", kUnclear},
      // What succeeds is no refusal, whatever its words.
      {"a success", "status", "NetConnection.Auth.Success", "authenticated", kUnclear},
      {"a success", "status", "Custom.Note", "your credentials are valid", kUnclear},
      {"a status of another kind", "status", "Custom.Unauthorized", "", kAuth},
  });
  for (const Words& each : kWords) {
    CAPTURE(std::string(each.server));
    CAPTURE(std::string(each.code));
    CHECK(rtmp::meaning_of({each.code, each.level, each.description}) == each.meaning);
  }
}

TEST_CASE("only the protocol's own codes are shown as they stand") {
  CHECK(rtmp::is_known_code("NetStream.Publish.BadName"));
  CHECK(rtmp::is_known_code("NetStream.publish.Unauthorized"));
  CHECK_FALSE(rtmp::is_known_code("NetStream.Publish.sekretkey"));
  CHECK_FALSE(rtmp::is_known_code("NetStream.Play.sekretkey"));
}
