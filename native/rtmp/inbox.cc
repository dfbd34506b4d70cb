#include "rtmp/inbox.h"

#include <utility>

namespace rtmp {
namespace {

template <class... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};

}  // namespace

bool Inbox::receive(std::span<const uint8_t> bytes, uint64_t total) {
  events_.clear();
  std::exception_ptr broken;
  try {
    inbound_.read(bytes, events_);
  } catch (const media::Error&) {
    broken = std::current_exception();  // what came before the breach still counts
  }
  const std::lock_guard lock(mutex_);
  received_ = total;
  for (Event& event : events_) take(event);
  changed_.notify_all();
  if (broken) std::rethrow_exception(broken);
  return something();
}

// The server counts modulo 2^32. nginx-rtmp begins anew sooner, at 0xf0000000, and says nothing of it.
void Inbox::take(const Acknowledgement& acknowledgement) {
  constexpr uint32_t kAboutToWrap = 0xf800'0000;
  const bool began_anew = acknowledgement.bytes < last_acknowledgement_ && last_acknowledgement_ < kAboutToWrap;
  acknowledged_ += began_anew ? acknowledgement.bytes : acknowledgement.bytes - last_acknowledgement_;
  last_acknowledgement_ = acknowledgement.bytes;
}

void Inbox::take(Event& event) {
  std::visit(Overloaded{
                 [&](Acknowledgement& acknowledgement) { take(acknowledgement); },
                 [&](WindowSize& window) { window_ = window.bytes; },
                 [&](Ping& ping) {
                   if (pings_.size() < kMaxPings) pings_.push_back(ping);
                 },
                 [&](Command& command) {
                   if (commands_.size() >= kMaxCommands) {
                     throw media::Error(media::Code::kRtmpDisconnected, "the server floods the connection with commands");
                   }
                   commands_.push_back(std::move(command));
                 },
             },
             event);
}

void Inbox::end() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

bool Inbox::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return something() || ended_; });
  return something();
}

std::optional<Command> Inbox::take_command() {
  const std::lock_guard lock(mutex_);
  if (commands_.empty()) return std::nullopt;
  std::optional<Command> command = std::move(commands_.front());
  commands_.pop_front();
  return command;
}

Inbox::Due Inbox::take_due() {
  const std::lock_guard lock(mutex_);
  Due due{std::exchange(pings_, {}), {}};
  if (acknowledgement_due()) {
    reported_ = received_;
    due.acknowledgement = static_cast<uint32_t>(received_);
  }
  return due;
}

uint64_t Inbox::acknowledged() const {
  const std::lock_guard lock(mutex_);
  return acknowledged_;
}

}  // namespace rtmp
