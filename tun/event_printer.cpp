// Events as lines of a stream.
#include "text/event_json.hpp"
#include "text/event_text.hpp"
#include "tunic/tun/wrappers.hpp"

namespace tunic::tun {

void EventPrinter::on_event(const Event& event) {
  if (start_ == kNever) start_ = event.at;
  std::string line = format_ == EventFormat::Json ? to_json(event, start_) : to_line(event, start_);
  line += '\n';
  std::fwrite(line.data(), 1, line.size(), out_);
  if (flush_each_) std::fflush(out_);
  ++lines_;
}

}  // namespace tunic::tun
