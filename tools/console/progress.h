// A line that says how far long work has come and how long it still takes.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace backlight::tools {

// Seconds on a steady clock.
double now();

// 75 s as "1 min 15 s", 0.25 s as "0.3 s".
std::string duration_text(double seconds);

// Shows "label  12/50  0:03 left" on one line of a terminal, from two seconds on, ten times a
// second at most; shows nothing where standard error is no terminal. Each update is also the safe
// point at which Ctrl-C takes effect.
class Progress {
 public:
  explicit Progress(std::string label);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Throws Interrupted after Ctrl-C.
  void update(std::int64_t done, std::int64_t total);
  void set_label(std::string label) { label_ = std::move(label); }

 private:
  std::string label_;
  double start_, last_shown_ = 0;
  bool terminal_, shown_ = false;
};

}  // namespace backlight::tools
