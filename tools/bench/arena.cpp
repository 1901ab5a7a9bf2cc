// See arena.hpp.
#include "arena.hpp"

#include <netlink/errno.h>
#include <netlink/netlink.h>
#include <netlink/route/link.h>
#include <netlink/route/link/veth.h>

#include <fstream>
#include <memory>
#include <stdexcept>

#include <tunic/tun/interface.hpp>
#include <tunic/tun/namespace.hpp>
#include <tunic/tun/private_tun.hpp>

namespace tunic::bench {
namespace {

constexpr const char* kTunName = "tunic0";
constexpr const char* kClientVeth = "bench0";
constexpr const char* kServerVeth = "bench1";
constexpr unsigned kQueueLength = 10000;  // packets: a plain sender's window must fit
constexpr std::uint8_t kFirstSource = 101;
constexpr std::uint8_t kSources = 16;

template <typename Value>
Value checked(tun::EnvironmentResult<Value> result) {
  if (!result) throw std::runtime_error(result.error().to_string());
  if constexpr (!std::is_void_v<Value>) return std::move(*result);
}

using NetlinkSocket = std::unique_ptr<nl_sock, decltype(&nl_socket_free)>;

NetlinkSocket connect_netlink() {
  NetlinkSocket socket(nl_socket_alloc(), &nl_socket_free);
  if (socket == nullptr || nl_connect(socket.get(), NETLINK_ROUTE) < 0)
    throw std::runtime_error("cannot talk to the kernel's network set-up");
  return socket;
}

void check_netlink(int error, const char* what) {
  if (error < 0) throw std::runtime_error(std::string(what) + ": " + nl_geterror(error));
}

void lengthen_queue(const char* name) {
  const NetlinkSocket socket = connect_netlink();
  using Link = std::unique_ptr<rtnl_link, decltype(&rtnl_link_put)>;
  rtnl_link* found = nullptr;
  check_netlink(rtnl_link_get_kernel(socket.get(), 0, name, &found), "cannot find the interface");
  const Link link(found, &rtnl_link_put);
  const Link change(rtnl_link_alloc(), &rtnl_link_put);
  rtnl_link_set_txqlen(change.get(), kQueueLength);
  check_netlink(rtnl_link_change(socket.get(), link.get(), change.get(), 0), "cannot lengthen the interface's queue");
}

/// Addresses of the client, and all ports for it.
void set_up_client(const std::string& interface) {
  for (const Ipv4Address address : client_addresses())
    checked(tun::set_up_interface({.name = interface, .address = {address, kServer.length}}));
  std::ofstream("/proc/sys/net/ipv4/ip_local_port_range") << "1024 65535";
}

}  // namespace

std::vector<Ipv4Address> client_addresses() {
  std::vector<Ipv4Address> addresses{Ipv4Address(10, 9, 0, 1)};
  for (std::uint8_t i = 0; i < kSources; ++i)
    addresses.emplace_back(10, 9, 0, static_cast<std::uint8_t>(kFirstSource + i));
  return addresses;
}

tun::TunDevice enter_tun_arena(tun::Offloading offloading) {
  auto device = checked(tun::open_private_tun(kServer, kTunName, offloading));
  lengthen_queue(kTunName);
  set_up_client(kTunName);
  device.refresh_mtu();
  return device;
}

void enter_network() {
  checked(tun::enter_private_network());
  checked(tun::bring_up_loopback());
}

void make_veth_to(pid_t server) {
  const NetlinkSocket socket = connect_netlink();
  check_netlink(rtnl_link_veth_add(socket.get(), kClientVeth, kServerVeth, server), "cannot make a veth pair");
  set_up_client(kClientVeth);
}

void set_up_server_veth() {
  checked(tun::set_up_interface({.name = kServerVeth, .address = kServer}));
}

}  // namespace tunic::bench
