// The category of the library's errors: their words, and the std::errc that each stands for.
#include <tunic/error.hpp>

namespace tunic {

namespace {

class Category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "tunic"; }
  std::string message(int value) const override;
  std::error_condition default_error_condition(int value) const noexcept override;
};

std::string Category::message(int value) const {
  switch (static_cast<Error>(value)) {
    case Error::WouldBlock:
      return "the operation would block";
    case Error::InProgress:
      return "the connection is being opened";
    case Error::ConnectionRefused:
      return "connection refused";
    case Error::ConnectionReset:
      return "connection reset by peer";
    case Error::ConnectionAborted:
      return "connection aborted";
    case Error::TimedOut:
      return "connection timed out";
    case Error::NotConnected:
      return "not connected";
    case Error::AlreadyConnected:
      return "already connected";
    case Error::BrokenPipe:
      return "the connection takes no more data";
    case Error::AddressInUse:
      return "address already in use";
    case Error::AddressNotAvailable:
      return "address not available";
    case Error::InvalidArgument:
      return "invalid argument";
    case Error::NetworkUnreachable:
      return "network unreachable";
    case Error::HostUnreachable:
      return "host unreachable";
    case Error::ProtocolUnreachable:
      return "protocol unreachable";
    case Error::NoBufferSpace:
      return "no buffer space";
    case Error::MessageSize:
      return "message too long";
    case Error::BadHandle:
      return "the socket is closed";
    case Error::NotSupported:
      return "not supported";
    case Error::AccessDenied:
      return "not allowed";
  }
  return "unknown error";
}

std::error_condition Category::default_error_condition(int value) const noexcept {
  switch (static_cast<Error>(value)) {
    case Error::WouldBlock:
      return std::errc::operation_would_block;
    case Error::InProgress:
      return std::errc::operation_in_progress;
    case Error::ConnectionRefused:
      return std::errc::connection_refused;
    case Error::ConnectionReset:
      return std::errc::connection_reset;
    case Error::ConnectionAborted:
      return std::errc::connection_aborted;
    case Error::TimedOut:
      return std::errc::timed_out;
    case Error::NotConnected:
      return std::errc::not_connected;
    case Error::AlreadyConnected:
      return std::errc::already_connected;
    case Error::BrokenPipe:
      return std::errc::broken_pipe;
    case Error::AddressInUse:
      return std::errc::address_in_use;
    case Error::AddressNotAvailable:
      return std::errc::address_not_available;
    case Error::InvalidArgument:
      return std::errc::invalid_argument;
    case Error::NetworkUnreachable:
      return std::errc::network_unreachable;
    case Error::HostUnreachable:
      return std::errc::host_unreachable;
    case Error::ProtocolUnreachable:
      return std::errc::no_protocol_option;  // as hosts report it to sockets
    case Error::NoBufferSpace:
      return std::errc::no_buffer_space;
    case Error::MessageSize:
      return std::errc::message_size;
    case Error::BadHandle:
      return std::errc::bad_file_descriptor;
    case Error::NotSupported:
      return std::errc::operation_not_supported;
    case Error::AccessDenied:
      return std::errc::permission_denied;
  }
  return {value, *this};
}

/// Holds the category without ever destroying it, so that it is a constant like any other. The first member is there
/// because a union is a literal type if one of its members is.
union Constant {
  constexpr Constant() : category() {}
  constexpr ~Constant() {}
  char nothing;
  Category category;
};
constexpr Constant kConstant;

}  // namespace

const std::error_category& error_category() noexcept {
  return kConstant.category;
}

std::error_code make_error_code(Error error) noexcept {
  return {static_cast<int>(error), error_category()};
}

}  // namespace tunic
