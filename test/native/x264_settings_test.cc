#include <doctest/doctest.h>

#include <clocale>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "child.h"
#include "codec/codec.h"
#include "media/error.h"
#include "sps.h"
#include "x264_pictures.h"

namespace {

std::string refusal(const codec::X264Settings& wanted) {
  try {
    codec::open_x264(wanted);
  } catch (const media::Error& error) {
    CHECK(error.code == media::Code::kEncoderOpen);
    return error.what();
  }
  return "";
}

std::string refusal(const std::string& name, const std::string& value) {
  auto wanted = settings();
  wanted.extra = {{name, value}};
  return refusal(wanted);
}

}  // namespace

TEST_CASE("x264: the SPS tells the truth about colour, shape and rate") {
  for (const bool bt709 : {true, false}) {
    auto wanted = settings();
    wanted.bt709 = bt709;
    wanted.frame_rate = {30000, 1001};
    const auto encoder = codec::open_x264(wanted);
    const Sps sps(encoder->configuration());
    const uint32_t colour = bt709 ? 1 : 6;
    CHECK(sps.profile == 100);
    CHECK(sps.primaries == colour);
    CHECK(sps.transfer == colour);
    CHECK(sps.matrix == colour);
    CHECK(sps.full_range == 0);
    CHECK(sps.sar == 1);
    CHECK(sps.units_in_tick == 1001);
    CHECK(sps.time_scale == 60000);  // fields
    CHECK(sps.fixed_frame_rate == 1);
  }
}

TEST_CASE("x264: the profile is applied") {
  auto wanted = settings();
  for (const auto& [name, number] : {std::pair{"baseline", 66}, {"main", 77}, {"high", 100}}) {
    wanted.profile = name;
    CHECK(codec::open_x264(wanted)->configuration()[1] == number);
  }
  wanted.profile = "extended";
  CHECK(refusal(wanted).find("\"extended\"") != std::string::npos);
}

TEST_CASE("x264: what cannot be opened is refused in words") {
  CHECK(refusal("nonsense", "1") == "unknown x264 option \"nonsense\"");
  CHECK(refusal("bframes", "many") == "x264 option \"bframes\" does not take the value \"many\"");
  CHECK(refusal("me", "psychic") == "x264 option \"me\" does not take the value \"psychic\"");
  CHECK(refusal("annexb", "1").find("AVCC") != std::string::npos);
  CHECK(refusal("no_annexb", "0").find("AVCC") != std::string::npos);
  CHECK(refusal("repeat-headers", "1").find("sequence header") != std::string::npos);
  CHECK(refusal("nal-hrd", "cbr").find("bitrate") != std::string::npos);
  CHECK(refusal("bluray-compat", "1").find("bitrate") != std::string::npos);
  CHECK(refusal("qp", "20").find("bitrate") != std::string::npos);
  CHECK(refusal("vbv-bufsize", "0").find("VBV") != std::string::npos);
  CHECK(refusal("vbv-maxrate", "2000").find("VBV") != std::string::npos);
  CHECK(refusal("bitrate", "2000").find("set by bitrate") != std::string::npos);
  CHECK(refusal("open-gop", "1").find("IDR") != std::string::npos);
  CHECK(refusal("intra-refresh", "1").find("IDR") != std::string::npos);
  CHECK(refusal("interlaced", "1").find("progressive") != std::string::npos);
  CHECK(refusal("fps", "25").find("frameRate") != std::string::npos);
  CHECK(refusal("force-cfr", "0").find("frameRate") != std::string::npos);
  CHECK(refusal("pass", "1").find("files") != std::string::npos);
  CHECK(refusal("stats", "x264.log").find("files") != std::string::npos);
  CHECK(refusal("cqm", "/etc/passwd").find("no file") != std::string::npos);
  CHECK(refusal("asm", "4294967295").find("ends the process") != std::string::npos);
  CHECK(refusal("no-asm", "1") == "");
  CHECK(refusal("zones", "0,10,asm=4294967295").find("frame numbers") != std::string::npos);
  CHECK(refusal("opencl", "1").find("OpenCL") != std::string::npos);
  CHECK(refusal("psnr", "1").find("not shown") != std::string::npos);
  CHECK(refusal("crf", "0").find("lossless") != std::string::npos);
  CHECK(refusal("aq_strength", "nan").find("finite") != std::string::npos);
  CHECK(refusal("psy-rd", "0.5:inf").find("finite") != std::string::npos);

  auto wanted = settings();
  wanted.preset = "warp";
  CHECK(refusal(wanted).find("\"warp\"") != std::string::npos);
  wanted = settings();
  wanted.tune = "radio";
  CHECK(refusal(wanted).find("\"radio\"") != std::string::npos);
  wanted = settings();
  wanted.width = 0;
  CHECK(refusal(wanted).starts_with("x264 refused its settings: "));
}

TEST_CASE("x264: an extra option has the last word") {
  auto wanted = settings();
  wanted.extra = {{"keyint", "7"}, {"min-keyint", "1"}};
  CHECK(keyframes(encode(*codec::open_x264(wanted), 0, 15)) == std::vector<int>{0, 7, 14});
}

TEST_CASE("x264: keyframes are as many seconds apart when pictures are left out") {
  const auto encoder = codec::open_x264(settings());
  Picture picture;
  std::vector<media::Packet> packets;
  for (int second = 0; second < 3; ++second) {
    for (const int number : {0, 5, 29}) encoder->encode(picture.at(number, kStart + Time(second * 1'000'000 + number * 33'333)), false, packets);
  }
  CHECK(keyframes(packets) == std::vector<int>{0, 3, 6});
}

TEST_CASE("x264: numbers have points, also where the program's locale has commas") {
  const test::Folder folder;
  test::Child localedef({"localedef", "-i", "de_DE", "-f", "UTF-8", folder.path() + "/de_DE.UTF-8"});
  REQUIRE(localedef.wait() == 0);
  const test::Environment path("LOCPATH", folder.path());
  const std::string before = std::setlocale(LC_ALL, nullptr);
  REQUIRE(std::setlocale(LC_ALL, "de_DE.UTF-8") != nullptr);
  REQUIRE(std::strtod("4.1", nullptr) == 4);

  auto wanted = settings();
  wanted.extra = {{"level", "4.1"}, {"aq-strength", "1.3"}, {"psy-rd", "0.5:0.2"}};
  const auto encoder = codec::open_x264(wanted);
  CHECK(encoder->configuration()[3] == 41);
  const auto packets = encode(*encoder, 0, 1);
  const auto first = packets.at(0).body();
  CHECK(std::string(first.begin(), first.end()).find(" psy_rd=0.50:0.20 ") != std::string::npos);
  // The program's own is as it was.
  CHECK(std::strtod("4.1", nullptr) == 4);
  std::setlocale(LC_ALL, before.c_str());
}
