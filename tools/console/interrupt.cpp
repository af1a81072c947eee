#include "tools/console/interrupt.h"

#include <csignal>

#include "tensor/error.h"

namespace backlight::tools {
namespace {

volatile std::sig_atomic_t interrupted = 0;

void on_signal(int signal) {
  interrupted = 1;
  std::signal(signal, SIG_DFL);
}

}  // namespace

void catch_interrupts() {
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
}

void check_interrupt() {
  if (interrupted) throw Interrupted();
}

}  // namespace backlight::tools
