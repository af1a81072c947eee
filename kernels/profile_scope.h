// The layer and the pass that launches belong to, for the profile (profile.h).
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

namespace backlight::kernels {

enum class Pass : std::uint8_t { other, forward, backward };
const char* name_of(Pass pass);

// Whether a profile is open: launches are then recorded, and must not be replayed from a graph.
inline std::atomic<bool> profile_is_open{false};
inline bool profiling() { return profile_is_open.load(std::memory_order_relaxed); }

// While it lives, the launches of this thread belong to a layer and a pass; on cuda it is also a
// range of NVTX, which Nsight shows. Costs one look at a flag where no profile is open.
class ProfileScope {
 public:
  ProfileScope(const std::string& layer, Pass pass) {
    if (profiling()) enter(layer, pass);
  }
  ~ProfileScope() {
    if (entered_) leave();
  }
  ProfileScope(const ProfileScope&) = delete;
  ProfileScope& operator=(const ProfileScope&) = delete;

 private:
  void enter(const std::string& layer, Pass pass);
  void leave();

  bool entered_ = false;
  std::string outer_layer_;
  Pass outer_pass_ = Pass::other;
};

}  // namespace backlight::kernels
