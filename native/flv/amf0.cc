#include "flv/amf0.h"

#include <bit>

namespace flv {
namespace {

enum Marker : uint8_t {
  kNumber = 0,
  kBoolean = 1,
  kString = 2,
  kObject = 3,
  kNull = 5,
  kUndefined = 6,
  kReference = 7,
  kEcmaArray = 8,
  kObjectEnd = 9,
  kStrictArray = 10,
  kDate = 11,
  kLongString = 12,
  kUnsupported = 13,
  kXmlDocument = 15,
  kTypedObject = 16,
};

constexpr size_t kMaxShortString = 0xffff;

}  // namespace

void Amf0Writer::big_endian(uint64_t value, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) bytes_.push_back(static_cast<uint8_t>(value >> shift));
}

Amf0Writer& Amf0Writer::number(double value) {
  bytes_.push_back(Marker::kNumber);
  big_endian(std::bit_cast<uint64_t>(value), 8);
  return *this;
}

Amf0Writer& Amf0Writer::boolean(bool value) {
  bytes_.push_back(Marker::kBoolean);
  bytes_.push_back(value ? 1 : 0);
  return *this;
}

Amf0Writer& Amf0Writer::string(std::string_view value) {
  const bool is_long = value.size() > kMaxShortString;
  bytes_.push_back(is_long ? Marker::kLongString : Marker::kString);
  big_endian(value.size(), is_long ? 4 : 2);
  bytes_.insert(bytes_.end(), value.begin(), value.end());
  return *this;
}

Amf0Writer& Amf0Writer::null() {
  bytes_.push_back(Marker::kNull);
  return *this;
}

Amf0Writer& Amf0Writer::begin_object() {
  bytes_.push_back(Marker::kObject);
  return *this;
}

Amf0Writer& Amf0Writer::begin_ecma_array(uint32_t count) {
  bytes_.push_back(Marker::kEcmaArray);
  big_endian(count, 4);
  return *this;
}

Amf0Writer& Amf0Writer::key(std::string_view name) {
  name = name.substr(0, kMaxShortString);
  big_endian(name.size(), 2);
  bytes_.insert(bytes_.end(), name.begin(), name.end());
  return *this;
}

Amf0Writer& Amf0Writer::end_object() {
  big_endian(Marker::kObjectEnd, 3);
  return *this;
}

const Amf0Value* Amf0Value::find(std::string_view name) const {
  for (const Property& property : properties) {
    if (property.name == name) return &property.value;
  }
  return nullptr;
}

std::string_view Amf0Value::text_of(std::string_view name) const {
  const Amf0Value* value = find(name);
  return value != nullptr && value->type == Type::kString ? std::string_view(value->text) : std::string_view();
}

std::optional<Amf0Value> Amf0Reader::read() {
  Amf0Value result;
  if (bytes_.empty()) return std::nullopt;
  if (value(result, 0)) return result;
  bytes_ = {};
  if (result.properties.empty()) return std::nullopt;
  return result;
}

bool Amf0Reader::value(Amf0Value& out, int depth) {
  using Type = Amf0Value::Type;
  uint64_t marker = 0;
  uint64_t integer = 0;
  if (depth > kMaxDepth || ++values_ > kMaxValues || !big_endian(marker, 1)) return false;
  switch (marker) {
    case Marker::kNumber:
      out.type = Type::kNumber;
      return number(out.number);
    case Marker::kBoolean:
      out.type = Type::kBoolean;
      if (!big_endian(integer, 1)) return false;
      out.number = integer != 0;
      return true;
    case Marker::kString:
      out.type = Type::kString;
      return text(out.text, 2);
    case Marker::kLongString:
    case Marker::kXmlDocument:
      out.type = Type::kString;
      return text(out.text, 4);
    case Marker::kTypedObject:
      if (!text(out.text, 2)) return false;  // the class's name
      [[fallthrough]];
    case Marker::kObject:
      out.type = Type::kObject;
      return properties(out, depth);
    case Marker::kEcmaArray:  // the count is a hint: an end marker follows all the same
      out.type = Type::kObject;
      return big_endian(integer, 4) && properties(out, depth);
    case Marker::kStrictArray:
      out.type = Type::kObject;
      return big_endian(integer, 4) && elements(out, static_cast<uint32_t>(integer), depth);
    case Marker::kDate:
      out.type = Type::kNumber;
      return number(out.number) && big_endian(integer, 2);  // the time zone is reserved
    case Marker::kReference:
      return big_endian(integer, 2);
    case Marker::kNull:
    case Marker::kUndefined:
    case Marker::kUnsupported:
      return true;
    default:
      return false;
  }
}

bool Amf0Reader::properties(Amf0Value& out, int depth) {
  while (true) {
    Amf0Value::Property property;
    if (!text(property.name, 2)) return false;
    if (property.name.empty() && !bytes_.empty() && bytes_[0] == Marker::kObjectEnd) {
      bytes_ = bytes_.subspan(1);
      return true;
    }
    if (!member(out, std::move(property), depth)) return false;
  }
}

bool Amf0Reader::elements(Amf0Value& out, uint32_t count, int depth) {
  for (uint32_t i = 0; i < count; ++i) {
    if (!member(out, {}, depth)) return false;
  }
  return true;
}

/// Of one that is torn, what was read of it stays.
bool Amf0Reader::member(Amf0Value& out, Amf0Value::Property property, int depth) {
  const bool whole = value(property.value, depth + 1);
  if (whole || !property.value.properties.empty()) out.properties.push_back(std::move(property));
  return whole;
}

bool Amf0Reader::text(std::string& out, int length_bytes) {
  uint64_t length = 0;
  if (!big_endian(length, length_bytes) || length > bytes_.size()) return false;
  out.assign(bytes_.begin(), bytes_.begin() + static_cast<ptrdiff_t>(length));
  bytes_ = bytes_.subspan(length);
  return true;
}

bool Amf0Reader::big_endian(uint64_t& out, int bytes) {
  if (bytes_.size() < static_cast<size_t>(bytes)) return false;
  out = 0;
  for (int i = 0; i < bytes; ++i) out = out << 8 | bytes_[static_cast<size_t>(i)];
  bytes_ = bytes_.subspan(static_cast<size_t>(bytes));
  return true;
}

bool Amf0Reader::number(double& out) {
  uint64_t bits = 0;
  if (!big_endian(bits, 8)) return false;
  out = std::bit_cast<double>(bits);
  return true;
}

}  // namespace flv
