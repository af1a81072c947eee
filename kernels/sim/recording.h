// Launches kept to be run later, as a CUDA graph keeps them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kernels/sim/launch.h"

namespace backlight::sim {

class LaunchRecording {
 public:
  LaunchRecording();
  ~LaunchRecording();
  LaunchRecording(const LaunchRecording&) = delete;
  LaunchRecording& operator=(const LaunchRecording&) = delete;

  // While it lives, launches of this thread are added to the recording instead of run. Scopes do
  // not nest.
  class Scope {
   public:
    explicit Scope(LaunchRecording& recording);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
  };
  static bool active();

  // Runs the launches in order, with the arguments they were recorded with. Errors: as run_launch.
  void replay() const;

 private:
  friend bool keep_launch(const LaunchRequest& request);
  struct Kept;
  std::vector<std::unique_ptr<Kept>> launches_;
};

// Adds the launch to the recording in force; false if there is none.
bool keep_launch(const LaunchRequest& request);

}  // namespace backlight::sim
