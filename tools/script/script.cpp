// The little that the data of a script can do by itself.
#include "script/script.hpp"

#include <fmt/format.h>

namespace tunic::script {

std::string ScriptError::to_string() const {
  return fmt::format("{}:{}:{}: {}", file, place.line, place.column, message);
}

const Value* Value::field(std::string_view name) const {
  for (const Field& candidate : fields) {
    if (candidate.name == name) return &candidate.value;
  }
  return nullptr;
}

}  // namespace tunic::script
