// AMF0 (Action Message Format, version 0): the encoding of FLV script data and of RTMP commands. Part of the door: rtmp/ writes
// its commands with the writer and reads the server's with the reader. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace flv {

/// Appends values one after another. Inside an object each value is preceded by key().
class Amf0Writer {
 public:
  Amf0Writer& number(double value);
  Amf0Writer& boolean(bool value);
  Amf0Writer& string(std::string_view value);
  Amf0Writer& null();
  Amf0Writer& begin_object();
  Amf0Writer& begin_ecma_array(uint32_t count);
  Amf0Writer& key(std::string_view name);  // at most 65,535 bytes; longer ones are cut
  Amf0Writer& end_object();                // ends an ECMA array as well

  std::vector<uint8_t> take() { return std::move(bytes_); }

 private:
  void big_endian(uint64_t value, int bytes);
  std::vector<uint8_t> bytes_;
};

/// One decoded value.
struct Amf0Value {
  enum class Type : uint8_t { kNumber, kBoolean, kString, kObject, kNull };  // arrays are objects, undefined is null
  struct Property;

  /// The property of that name, or null.
  const Amf0Value* find(std::string_view name) const;
  /// The text of the string property of that name; empty where there is none.
  std::string_view text_of(std::string_view name) const;

  Type type = Type::kNull;
  double number = 0;  // numbers, booleans, dates (milliseconds since 1970)
  std::string text;
  std::vector<Property> properties;
};

struct Amf0Value::Property {
  std::string name;
  Amf0Value value;
};

/// Reads values out of bytes that nobody vouches for: every length is checked, nesting and the number of values are bounded.
class Amf0Reader {
 public:
  static constexpr int kMaxDepth = 16;
  static constexpr int kMaxValues = 1024;

  explicit Amf0Reader(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  /// The next value. Empty at the end and from the first malformed or unknown value on; of an object that is torn, which is then
  /// the last value, the properties before the tear are there: a server that counts a string's characters for its bytes has still
  /// said its code.
  std::optional<Amf0Value> read();

 private:
  bool value(Amf0Value& out, int depth);
  bool properties(Amf0Value& out, int depth);
  bool elements(Amf0Value& out, uint32_t count, int depth);
  bool member(Amf0Value& out, Amf0Value::Property property, int depth);
  bool text(std::string& out, int length_bytes);
  bool big_endian(uint64_t& out, int bytes);
  bool number(double& out);

  std::span<const uint8_t> bytes_;
  int values_ = 0;
};

}  // namespace flv
