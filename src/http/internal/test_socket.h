// A plain blocking socket for tests that must send bytes exactly as they are. Times out after ten seconds.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace greenroom {

class TestSocket {
 public:
  explicit TestSocket(uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval limit{10, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  ~TestSocket() { ::close(fd_); }
  TestSocket(const TestSocket&) = delete;
  TestSocket& operator=(const TestSocket&) = delete;

  bool connected() const { return connected_; }

  // False when the peer does not take them all.
  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(count));
    }
    return true;
  }
  void EndSending() { ::shutdown(fd_, SHUT_WR); }

  // Reads until `mark` was seen (returns up to its end), or "" when the peer closed or was silent too long.
  std::string ReadThrough(std::string_view mark) {
    for (;;) {
      if (const size_t found = buffer_.find(mark); found != std::string::npos) {
        std::string text = buffer_.substr(0, found + mark.size());
        buffer_.erase(0, found + mark.size());
        return text;
      }
      if (!Fill()) return "";
    }
  }
  std::string ReadBytes(size_t count) {
    while (buffer_.size() < count && Fill()) {
    }
    std::string text = buffer_.substr(0, count);
    buffer_.erase(0, text.size());
    return text;
  }
  // One answer with Content-Length: head and body.
  std::string ReadAnswer() {
    std::string head = ReadThrough("\r\n\r\n");
    const size_t field = head.find("Content-Length: ");
    if (field == std::string::npos) return head;
    return head + ReadBytes(std::stoul(head.substr(field + 16)));
  }
  // Everything until the peer closes.
  std::string ReadAll() {
    while (Fill()) {
    }
    return std::move(buffer_);
  }
  // True when the peer closed in good order and nothing is left to read.
  bool AtEnd() { return buffer_.empty() && !Fill() && ended_; }

 private:
  bool Fill() {
    char piece[16384];
    const ssize_t count = ::recv(fd_, piece, sizeof piece, 0);
    ended_ = count == 0;
    if (count <= 0) return false;
    buffer_.append(piece, static_cast<size_t>(count));
    return true;
  }

  int fd_;
  bool connected_ = false;
  bool ended_ = false;
  std::string buffer_;
};

}  // namespace greenroom
