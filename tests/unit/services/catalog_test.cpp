// How services are named on a command line.
#include "services/catalog.hpp"

#include <gtest/gtest.h>

namespace tunic::services {
namespace {

TEST(Catalog, EachServiceHasItsAssignedPort) {
  EXPECT_EQ(parse_service("echo"), (ServiceRequest{Service::Echo, 7}));
  EXPECT_EQ(parse_service("discard"), (ServiceRequest{Service::Discard, 9}));
  EXPECT_EQ(parse_service("daytime"), (ServiceRequest{Service::Daytime, 13}));
  EXPECT_EQ(parse_service("chargen"), (ServiceRequest{Service::Chargen, 19}));
  EXPECT_EQ(parse_service("http"), (ServiceRequest{Service::Http, 80}));
  EXPECT_EQ(parse_service("udp-echo"), (ServiceRequest{Service::UdpEcho, 7}));
}

TEST(Catalog, APortCanBeGiven) {
  EXPECT_EQ(parse_service("http:8080"), (ServiceRequest{Service::Http, 8080}));
  EXPECT_EQ(parse_service("echo:65535"), (ServiceRequest{Service::Echo, 65535}));
}

TEST(Catalog, ABadServiceOrPortIsNamed) {
  EXPECT_EQ(parse_service("ftp").error(), "there is no service 'ftp' (echo discard daytime chargen http udp-echo)");
  for (const char* port : {"0", "65536", "", "-1", "+80", "80x", "0x50", " 80", "80:80", "99999999999999999999"}) {
    const auto parsed = parse_service(std::string("http:") + port);
    ASSERT_FALSE(parsed) << port;
    EXPECT_EQ(parsed.error(), std::string("'") + port + "' is no port (1 to 65535)");
  }
}

TEST(Catalog, NamesLeadBackToTheService) {
  for (const auto service :
       {Service::Echo, Service::Discard, Service::Daytime, Service::Chargen, Service::Http, Service::UdpEcho}) {
    EXPECT_EQ(parse_service(name(service))->service, service);
  }
}

}  // namespace
}  // namespace tunic::services
