// See report.hpp and doctor.hpp: all JSON that is written. Keys keep the order in which they are written here.
#include "report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "doctor.hpp"

namespace tunic::command {
namespace {

using Json = nlohmann::ordered_json;

std::int64_t microseconds(Duration duration) {
  return std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
}

Json listener_json(const ListenerInfo& listener) {
  return {{"state", "LISTEN"},
          {"local", listener.local.to_string()},
          {"syn_queue", listener.syn_queue},
          {"accept_queue", listener.accept_queue},
          {"backlog", listener.backlog}};
}

Json connection_json(const ConnectionInfo& connection) {
  constexpr std::uint32_t kUnknown = 0xffffffff;
  const Json ssthresh = connection.ssthresh == kUnknown ? Json(nullptr) : Json(connection.ssthresh);
  return {{"conn", connection.number},
          {"state", to_string(connection.state)},
          {"local", connection.local.to_string()},
          {"remote", connection.remote.to_string()},
          {"send_queue", connection.unsent + connection.unacked},
          {"receive_queue", connection.unread},
          {"out_of_order", connection.out_of_order},
          {"cwnd", connection.cwnd},
          {"ssthresh", ssthresh},
          {"rwnd", connection.snd_wnd},
          {"inflight", connection.in_flight},
          {"rtt_us", microseconds(connection.srtt)},
          {"rto_us", microseconds(connection.rto)},
          {"retransmitted", connection.retransmitted},
          {"bytes_in", connection.bytes_in},
          {"bytes_out", connection.bytes_out}};
}

Json udp_json(const UdpSocketInfo& socket) {
  return {{"local", socket.local.to_string()},
          {"remote", socket.remote ? Json(socket.remote->to_string()) : Json(nullptr)},
          {"receive_queue", socket.receive_queue},
          {"send_queue", socket.send_queue},
          {"dropped", socket.dropped}};
}

Json drops_json(const Counters& counters) {
  Json drops = Json::object();
  for (std::size_t index = 0; index < kWhyCount; ++index) {
    if (counters.drops[index] > 0) drops[std::string(name(static_cast<Why>(index)))] = counters.drops[index];
  }
  return drops;
}

Json totals_json(const StackReport& report) {
  return {{"connections_open", open_connections(report.info)},
          {"time_wait", report.info.time_wait},
          {"bytes_queued", report.info.bytes_queued},
          {"packet_memory", report.info.pool_bytes},
          {"packets_in", report.counters.packets_in},
          {"packets_out", report.counters.packets_out},
          {"bytes_in", report.counters.bytes_in},
          {"bytes_out", report.counters.bytes_out},
          {"drops", drops_json(report.counters)}};
}

}  // namespace

void LinkDropCounter::on_event(const Event& event) {
  if (event.kind == EventKind::Drop) ++drops_[static_cast<std::size_t>(event.why)];
  if (next_ != nullptr) next_->on_event(event);
}

std::size_t open_connections(const StackInfo& info) {
  return static_cast<std::size_t>(std::ranges::count_if(
      info.connections, [](TcpState state) { return state != TcpState::TimeWait; }, &ConnectionInfo::state));
}

std::string sockets_json(const StackReport& report) {
  Json listeners = Json::array();
  for (const ListenerInfo& listener : report.info.listeners) listeners.push_back(listener_json(listener));
  Json connections = Json::array();
  for (const ConnectionInfo& connection : report.info.connections) connections.push_back(connection_json(connection));
  Json udp = Json::array();
  for (const UdpSocketInfo& socket : report.info.udp) udp.push_back(udp_json(socket));
  Json document{{"process", report.process}, {"address", report.address}, {"device", report.device}};
  document["listeners"] = std::move(listeners);
  document["connections"] = std::move(connections);
  document["udp"] = std::move(udp);
  document.update(totals_json(report));
  return document.dump();
}

std::string summary_json(const StackReport& report) {
  Json summary{{"summary", "end of serving"}};
  summary.update(totals_json(report));
  return summary.dump();
}

std::string checks_json(std::span<const Check> checks) {
  Json array = Json::array();
  for (const Check& check : checks) {
    array.push_back({{"check", check.name}, {"ok", check.ok}, {"detail", check.detail}, {"fix", check.fix}});
  }
  return array.dump(2) + "\n";
}

std::string summary_text(const StackReport& report) {
  std::string text = fmt::format("{} connections open, {} in TIME-WAIT, {} bytes queued; packets: {} in, {} out",
                                 open_connections(report.info), report.info.time_wait, report.info.bytes_queued,
                                 report.counters.packets_in, report.counters.packets_out);
  const Json drops = drops_json(report.counters);
  for (const auto& [reason, count] : drops.items()) {
    text += fmt::format("; {} {}", reason, count.get<std::uint64_t>());
  }
  return text;
}

}  // namespace tunic::command
