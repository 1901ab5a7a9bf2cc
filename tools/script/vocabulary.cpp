// Looks at every event in turn; the first unknown word ends it.
#include "script/vocabulary.hpp"

#include <fmt/format.h>

#include "script/calls.hpp"
#include "script/command.hpp"
#include "script/names.hpp"
#include "script/settings.hpp"

namespace tunic::script {

namespace {

struct Finding {
  Place place;
  std::string message;
};
using Found = std::optional<Finding>;

Found look_at(const Value& value) {
  if (value.kind == Value::Kind::Name && !constant_named(value.text)) {
    return Finding{value.place, fmt::format("there is no constant '{}'", value.text)};
  }
  for (const Value& item : value.items) {
    if (Found found = look_at(item)) return found;
  }
  for (const Field& field : value.fields) {
    if (Found found = look_at(field.value)) return found;
  }
  return std::nullopt;
}

Found look_at(const Call& call, Place) {
  if (const auto objection = call_objection(call)) return Finding{call.place, *objection};
  for (const Value& argument : call.arguments) {
    if (Found found = look_at(argument)) return found;
  }
  if (Found found = look_at(call.result)) return found;
  if (call.error.empty() || errno_named(call.error)) return std::nullopt;
  return Finding{call.place, fmt::format("there is no error '{}'", call.error)};
}

Found look_at(const Command& command, Place place) {
  const auto instructions = parse_command(command.text);
  if (!instructions) return Finding{place, instructions.error()};
  Config scratch;
  for (const Instruction& instruction : *instructions) {
    const auto* setting = std::get_if<SetValue>(&instruction);
    if (setting == nullptr) continue;
    if (const auto applied = apply_setting(scratch, setting->name, setting->value); !applied) {
      return Finding{place, applied.error()};
    }
  }
  return std::nullopt;
}

Found look_at(const Packet&, Place) {
  return std::nullopt;
}
/// What names its code uses is known when it runs: it makes some of its own.
Found look_at(const Code&, Place) {
  return std::nullopt;
}

Found look_at(const Event& event) {
  return std::visit([&](const auto& action) { return look_at(action, event.place); }, event.action);
}

}  // namespace

std::optional<ScriptError> unknown_word(const Script& script) {
  Found found;
  if (script.init) found = look_at(*script.init);
  for (std::size_t i = 0; i < script.events.size() && !found; ++i) found = look_at(script.events[i]);
  if (!found && script.cleanup) found = look_at(*script.cleanup);
  if (!found) return std::nullopt;
  return ScriptError{script.file, found->place, std::move(found->message)};
}

}  // namespace tunic::script
