// struct cmsghdr: length (8 octets), level, type (4 each). struct sock_extended_err: errno, four octets, info, data.
#include "script/control_messages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <optional>

namespace tunic::script {

namespace {

constexpr std::size_t kHeaderSize = 16;
constexpr std::size_t kAlignment = 8;

template <typename T>
void append(std::vector<std::byte>& octets, T value) {
  const std::size_t at = octets.size();
  octets.resize(at + sizeof value);
  std::memcpy(&octets[at], &value, sizeof value);
}

template <typename T>
T load(std::span<const std::byte> octets, std::size_t at) {
  T value;
  std::memcpy(&value, octets.data() + at, sizeof value);
  return value;
}

struct ErrorField {
  std::string_view name;
  std::size_t size;
};
/// ee_pad is not written: it is zero.
constexpr std::array<ErrorField, 7> kErrorFields{
    {{"ee_errno", 4}, {"ee_origin", 1}, {"ee_type", 1}, {"ee_code", 1}, {"ee_pad", 1}, {"ee_info", 4}, {"ee_data", 4}}};

Resolved<std::vector<std::byte>> extended_error_of(const Value& record) {
  for (const Field& field : record.fields) {
    if (std::ranges::find(kErrorFields, field.name, &ErrorField::name) == kErrorFields.end()) {
      return std::unexpected(fmt::format("there is no field '{}' in a control message", field.name));
    }
  }
  std::vector<std::byte> data;
  for (const ErrorField& field : kErrorFields) {
    const Value* value = record.field(field.name);
    const auto number = value == nullptr ? Resolved<std::int64_t>(0) : number_of(*value);
    if (!number) return std::unexpected(number.error());
    if (field.size == 1) append(data, static_cast<std::uint8_t>(*number));
    if (field.size == 4) append(data, static_cast<std::uint32_t>(*number));
  }
  return data;
}

Resolved<std::vector<std::byte>> data_of(const Value& value) {
  if (value.kind == Value::Kind::Record) return extended_error_of(value);
  const auto number = number_of(value);
  if (!number) return std::unexpected(number.error());
  std::vector<std::byte> data;
  append(data, static_cast<std::int32_t>(*number));
  return data;
}

/// Of data that is one octet or one int.
std::optional<std::int64_t> number_in(std::span<const std::byte> data) {
  if (data.size() == 1) return std::to_integer<std::int64_t>(data[0]);
  if (data.size() == sizeof(std::int32_t)) return load<std::int32_t>(data, 0);
  return std::nullopt;
}

std::string shown(std::span<const std::byte> data) {
  if (const auto number = number_in(data)) return std::to_string(*number);
  std::string digits = "0x";
  for (const std::byte octet : data) digits += fmt::format("{:02x}", std::to_integer<int>(octet));
  return digits;
}

bool same_data(std::span<const std::byte> written, std::span<const std::byte> live) {
  const auto expected = number_in(written);
  const auto actual = number_in(live);
  if (expected && actual) return *expected == *actual;
  // Behind an error the kernel tells of its origin: no script writes that.
  return live.size() >= written.size() && std::ranges::equal(written, live.first(written.size()));
}

}  // namespace

Resolved<std::vector<ControlMessage>> control_messages_of(const Value& list) {
  if (list.kind != Value::Kind::List) return std::unexpected("expected control messages: [{cmsg_level=…, …}]");
  std::vector<ControlMessage> messages;
  for (const Value& item : list.items) {
    const Value* level = item.field("cmsg_level");
    const Value* type = item.field("cmsg_type");
    const Value* data = item.field("cmsg_data");
    if (level == nullptr || type == nullptr || data == nullptr) {
      return std::unexpected("expected a control message: {cmsg_level=…, cmsg_type=…, cmsg_data=…}");
    }
    const auto level_number = number_of(*level);
    const auto type_number = number_of(*type);
    auto octets = data_of(*data);
    if (!level_number) return std::unexpected(level_number.error());
    if (!type_number) return std::unexpected(type_number.error());
    if (!octets) return std::unexpected(octets.error());
    messages.push_back({static_cast<int>(*level_number), static_cast<int>(*type_number), std::move(*octets)});
  }
  return messages;
}

std::vector<std::byte> octets_of(std::span<const ControlMessage> messages) {
  std::vector<std::byte> octets;
  for (const ControlMessage& message : messages) {
    append(octets, static_cast<std::uint64_t>(kHeaderSize + message.data.size()));
    append(octets, static_cast<std::int32_t>(message.level));
    append(octets, static_cast<std::int32_t>(message.type));
    octets.insert(octets.end(), message.data.begin(), message.data.end());
    octets.resize((octets.size() + kAlignment - 1) / kAlignment * kAlignment);
  }
  return octets;
}

std::vector<ControlMessage> control_messages_in(std::span<const std::byte> octets) {
  std::vector<ControlMessage> messages;
  while (octets.size() >= kHeaderSize) {
    const auto length = load<std::uint64_t>(octets, 0);
    if (length < kHeaderSize || length > octets.size()) break;
    const auto data = octets.subspan(kHeaderSize, length - kHeaderSize);
    messages.push_back({load<std::int32_t>(octets, 8), load<std::int32_t>(octets, 12), {data.begin(), data.end()}});
    octets = octets.subspan(std::min(octets.size(), (length + kAlignment - 1) / kAlignment * kAlignment));
  }
  return messages;
}

std::vector<std::string> differences(std::span<const ControlMessage> written, std::span<const ControlMessage> live) {
  std::vector<std::string> found;
  if (written.size() != live.size()) {
    found.push_back(fmt::format("control messages: expected {}, live {}", written.size(), live.size()));
  }
  for (std::size_t i = 0; i < std::min(written.size(), live.size()); ++i) {
    if (written[i].level != live[i].level || written[i].type != live[i].type) {
      found.push_back(fmt::format("control message {}: expected level {} type {}, live level {} type {}", i,
                                  written[i].level, written[i].type, live[i].level, live[i].type));
    } else if (!same_data(written[i].data, live[i].data)) {
      found.push_back(
          fmt::format("control message {}: expected {}, live {}", i, shown(written[i].data), shown(live[i].data)));
    }
  }
  return found;
}

}  // namespace tunic::script
