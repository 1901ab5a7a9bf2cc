// Set-up of links and addresses through rtnetlink.
#include "tunic/tun/interface.hpp"

#include <arpa/inet.h>
#include <linux/if_addr.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/link/inet6.h>

#include <linux/if_link.h>

#include <array>
#include <chrono>
#include <memory>
#include <string_view>
#include <thread>

namespace tunic::tun {

namespace {

template <auto free_function>
struct Freed {
  template <typename Object>
  void operator()(Object* object) const {
    free_function(object);
  }
};
using Socket = std::unique_ptr<nl_sock, Freed<nl_socket_free>>;
using Link = std::unique_ptr<rtnl_link, Freed<rtnl_link_put>>;
using AddressEntry = std::unique_ptr<rtnl_addr, Freed<rtnl_addr_put>>;
using RawAddress = std::unique_ptr<nl_addr, Freed<nl_addr_put>>;

EnvironmentError netlink_error(const std::string& what, int error) {
  const int code = error < 0 ? -error : error;
  switch (code) {
    case NLE_PERM:
    case NLE_NOACCESS:
      return {what, "it takes CAP_NET_ADMIN in this network namespace",
              "run it in a private network namespace, or as root"};
    case NLE_NODEV:
    case NLE_OBJ_NOTFOUND:
      return {what, "there is no such interface", "check with: ip link show"};
    default:
      return {what, nl_geterror(error), "check with: ip address show"};
  }
}

EnvironmentResult<Socket> connect_netlink() {
  Socket socket(nl_socket_alloc());
  const int error = socket ? nl_connect(socket.get(), NETLINK_ROUTE) : -NLE_NOMEM;
  if (error < 0) return std::unexpected(netlink_error("cannot talk to the kernel's network set-up", error));
  return socket;
}

EnvironmentResult<Link> find_link(nl_sock* socket, const std::string& name) {
  rtnl_link* found = nullptr;
  const int error = rtnl_link_get_kernel(socket, 0, name.c_str(), &found);
  if (error < 0) return std::unexpected(netlink_error("cannot find the interface '" + name + "'", error));
  return Link(found);
}

/// Without a link-local address the kernel sends no router solicitations into a stack that speaks IPv4 only. To be done
/// before the link comes up. A kernel without IPv6 refuses, and has nothing to quieten.
void quieten_ipv6(nl_sock* socket, rtnl_link* link) {
  const Link change(rtnl_link_alloc());
  rtnl_link_inet6_set_addr_gen_mode(change.get(), IN6_ADDR_GEN_MODE_NONE);
  rtnl_link_change(socket, link, change.get(), 0);
}

/// `mtu` 0: as it is.
EnvironmentResult<void> bring_up(nl_sock* socket, rtnl_link* link, std::uint32_t mtu) {
  const Link change(rtnl_link_alloc());
  if (mtu != 0) rtnl_link_set_mtu(change.get(), mtu);
  rtnl_link_set_flags(change.get(), IFF_UP);
  const int error = rtnl_link_change(socket, link, change.get(), 0);
  if (error < 0) {
    return std::unexpected(netlink_error("cannot bring up '" + std::string(rtnl_link_get_name(link)) + "'", error));
  }
  return {};
}

RawAddress raw_address(Ipv4Address address, std::uint8_t prefix_length) {
  const std::uint32_t octets = htonl(address.value());
  RawAddress raw(nl_addr_build(AF_INET, &octets, sizeof octets));
  nl_addr_set_prefixlen(raw.get(), prefix_length);
  return raw;
}

EnvironmentResult<void> add_address(nl_sock* socket, rtnl_link* link, Ipv4Prefix address) {
  const AddressEntry entry(rtnl_addr_alloc());
  rtnl_addr_set_ifindex(entry.get(), rtnl_link_get_ifindex(link));
  rtnl_addr_set_local(entry.get(), raw_address(address.address, address.length).get());
  if (address.has_broadcast()) {
    rtnl_addr_set_broadcast(entry.get(), raw_address(address.broadcast(), 32).get());
  }
  const int error = rtnl_addr_add(socket, entry.get(), 0);
  if (error < 0 && error != -NLE_EXIST) {
    return std::unexpected(netlink_error(
        "cannot give " + address.to_string() + " to '" + std::string(rtnl_link_get_name(link)) + "'", error));
  }
  return {};
}

/// Of the kernel's answer about an interface what it says as a TUN driver; `out` is the std::optional of attached_queues().
int read_queues(nl_msg* message, void* out) {
  const auto attributes_in = [](nlattr* outer, auto& attributes) {
    const int last = static_cast<int>(attributes.size()) - 1;
    return outer != nullptr && nla_parse_nested(attributes.data(), last, outer, nullptr) == 0;
  };
  std::array<nlattr*, IFLA_MAX + 1> link{};
  std::array<nlattr*, IFLA_INFO_MAX + 1> info{};
  std::array<nlattr*, IFLA_TUN_MAX + 1> tun{};
  if (nlmsg_parse(nlmsg_hdr(message), sizeof(ifinfomsg), link.data(), IFLA_MAX, nullptr) < 0) return NL_SKIP;
  if (!attributes_in(link[IFLA_LINKINFO], info) || info[IFLA_INFO_KIND] == nullptr) return NL_SKIP;
  const bool is_tun = std::string_view(nla_get_string(info[IFLA_INFO_KIND])) == "tun";
  if (!is_tun || !attributes_in(info[IFLA_INFO_DATA], tun)) return NL_SKIP;
  const bool many = tun[IFLA_TUN_MULTI_QUEUE] != nullptr && nla_get_u8(tun[IFLA_TUN_MULTI_QUEUE]) != 0;
  if (!many || tun[IFLA_TUN_NUM_QUEUES] == nullptr) return NL_SKIP;
  *static_cast<std::optional<std::uint32_t>*>(out) = nla_get_u32(tun[IFLA_TUN_NUM_QUEUES]);
  return NL_OK;
}

}  // namespace

Result<Ipv4Prefix> kernel_side_of(Ipv4Prefix stack_side) {
  const Ipv4Address own = stack_side.address;
  const Ipv4Address network = stack_side.network();
  const bool has_broadcast = stack_side.has_broadcast();  // then the lowest address is not a host's either
  if (stack_side.length >= 32 || (has_broadcast && (own == network || own == stack_side.broadcast()))) {
    return fail(Error::InvalidArgument);
  }
  const std::uint32_t first = network.value() + (has_broadcast ? 1 : 0);
  return Ipv4Prefix{Ipv4Address(own.value() == first ? first + 1 : first), stack_side.length};
}

EnvironmentResult<void> set_up_interface(const InterfaceSettings& settings) {
  auto socket = connect_netlink();
  if (!socket) return std::unexpected(socket.error());
  auto link = find_link(socket->get(), settings.name);
  if (!link) return std::unexpected(link.error());
  quieten_ipv6(socket->get(), link->get());
  if (auto up = bring_up(socket->get(), link->get(), settings.mtu); !up) return up;
  return add_address(socket->get(), link->get(), settings.address);
}

std::optional<std::uint32_t> attached_queues(const std::string& interface) {
  const auto socket = connect_netlink();
  if (!socket) return std::nullopt;
  std::optional<std::uint32_t> queues;
  nl_socket_modify_cb(socket->get(), NL_CB_VALID, NL_CB_CUSTOM, read_queues, &queues);
  nl_msg* asked = nullptr;
  if (rtnl_link_build_get_request(0, interface.c_str(), &asked) < 0) return std::nullopt;
  const int sent = nl_send_auto(socket->get(), asked);
  nlmsg_free(asked);
  if (sent < 0 || nl_recvmsgs_default(socket->get()) < 0) return std::nullopt;
  return queues;
}

/// Asked through netlink, the kernel answers between two changes of its links: "running" is said when packets pass.
void await_carrier(const std::string& interface) {
  constexpr int kTries = 1000;
  const auto socket = connect_netlink();
  for (int tries = 0; socket && tries < kTries; ++tries) {
    const auto link = find_link(socket->get(), interface);
    const unsigned flags = link ? rtnl_link_get_flags(link->get()) : 0;
    if ((flags & IFF_UP) == 0 || (flags & IFF_RUNNING) != 0) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

EnvironmentResult<void> bring_up_loopback() {
  auto socket = connect_netlink();
  if (!socket) return std::unexpected(socket.error());
  auto link = find_link(socket->get(), "lo");
  if (!link) return std::unexpected(link.error());
  return bring_up(socket->get(), link->get(), 0);
}

}  // namespace tunic::tun
