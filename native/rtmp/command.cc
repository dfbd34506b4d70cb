#include "rtmp/command.h"

#include "flv/flv.h"

namespace rtmp {
namespace {

flv::Amf0Writer command(std::string_view name, double transaction) {
  flv::Amf0Writer out;
  out.string(name).number(transaction);
  return out;
}

}  // namespace

std::vector<uint8_t> connect_command(const Url& url, const std::string& flash_version) {
  flv::Amf0Writer out = command("connect", kConnectTransaction);
  out.begin_object();
  out.key("app").string(url.app).key("type").string("nonprivate");
  out.key("flashVer").string(flash_version).key("tcUrl").string(url.tc_url());
  out.end_object();
  return out.take();
}

std::vector<uint8_t> release_stream_command(const Url& url) {
  return command("releaseStream", 2).null().string(url.stream_key).take();
}

std::vector<uint8_t> fc_publish_command(const Url& url) { return command("FCPublish", 3).null().string(url.stream_key).take(); }

std::vector<uint8_t> create_stream_command() { return command("createStream", kCreateStreamTransaction).null().take(); }

std::vector<uint8_t> publish_command(const Url& url) {
  return command("publish", kPublishTransaction).null().string(url.stream_key).string("live").take();
}

std::vector<uint8_t> fc_unpublish_command(const Url& url) {
  return command("FCUnpublish", 6).null().string(url.stream_key).take();
}

std::vector<uint8_t> delete_stream_command(uint32_t stream_id) {
  return command("deleteStream", 7).null().number(stream_id).take();
}

}  // namespace rtmp
