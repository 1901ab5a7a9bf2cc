// Discard: what the peer sends is thrown away, until the peer closes. RFC 863.
#include "session.hpp"

namespace tunic::services {
namespace {

class Discard : public Session {
 public:
  Next on_ready(TcpSocket& socket) override {
    switch (discard_input(socket)) {
      case Input::Open:
        return Next::Wait;
      case Input::Ended:
        return Next::Close;
      case Input::Failed:
        break;
    }
    return Next::Abort;
  }
};

}  // namespace

std::unique_ptr<Session> make_discard() {
  return std::make_unique<Discard>();
}

}  // namespace tunic::services
