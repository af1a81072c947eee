#include "tools/console/progress.h"

#include <unistd.h>

#include <cmath>
#include <cstdio>

#include "tools/console/interrupt.h"

namespace backlight::tools {

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string duration_text(double seconds) {
  char text[64];
  const long whole = std::lround(seconds);
  if (whole >= 3600)
    std::snprintf(text, sizeof text, "%ld h %ld min", whole / 3600, whole % 3600 / 60);
  else if (whole >= 60)
    std::snprintf(text, sizeof text, "%ld min %ld s", whole / 60, whole % 60);
  else if (seconds >= 9.95)
    std::snprintf(text, sizeof text, "%ld s", whole);
  else
    std::snprintf(text, sizeof text, "%.1f s", seconds);
  return text;
}

Progress::Progress(std::string label)
    : label_(std::move(label)), start_(now()), terminal_(isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (shown_) std::fputs("\r\033[K", stderr);
}

void Progress::update(std::int64_t done, std::int64_t total) {
  check_interrupt();
  const double elapsed = now() - start_;
  if (!terminal_ || elapsed < 2 || now() - last_shown_ < 0.1 || done <= 0) return;
  const double left = elapsed / static_cast<double>(done) * static_cast<double>(total - done);
  std::fprintf(stderr, "\r\033[K%s  %lld/%lld  %s left", label_.c_str(),
               static_cast<long long>(done), static_cast<long long>(total),
               duration_text(left).c_str());
  std::fflush(stderr);
  last_shown_ = now();
  shown_ = true;
}

}  // namespace backlight::tools
