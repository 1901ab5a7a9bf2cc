// All that a stack said of itself: its events as lines for people, and the parts of them that expectations ask for.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include <tunic/observer.hpp>

namespace tunic::testing {

class Journal final : public Observer {
 public:
  /// What is remembered of a Send event, to find the packet that it speaks of.
  struct Announcement {
    Why why;
    ConnectionNumber connection;
    decltype(Event::subject) subject;  // without options: they live only as long as the event
  };

  explicit Journal(Instant start) : start_(start) {}

  void on_event(const Event& event) override;
  /// A line of the test's own.
  void note(std::string line) { lines_.push_back(std::move(line)); }

  /// Takes out the oldest announcement of a packet with this subject.
  std::optional<Announcement> take_announcement(const decltype(Event::subject)& subject);
  /// Forgets announcements of packets that never reach a device: those of the loopback.
  void forget_loopback();
  const std::deque<Announcement>& announcements() const { return announcements_; }

  /// Takes out a Drop or Hold event with this reason that came since forget_stimulus(); false: there was none.
  bool take_drop(Why why);
  bool take_hold(Why why);
  void forget_stimulus();

  /// The last `count` lines, each with a newline.
  std::string last_lines(std::size_t count) const;
  std::string story() const { return last_lines(lines_.size()); }

 private:
  Instant start_;
  std::vector<std::string> lines_;
  std::deque<Announcement> announcements_;
  std::vector<Why> drops_;
  std::vector<Why> holds_;
};

}  // namespace tunic::testing
