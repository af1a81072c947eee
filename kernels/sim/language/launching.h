// The way from launch() to the simulator.
#pragma once

#include <tuple>

#include "kernels/sim/launch.h"

namespace backlight::kernels::sim {

// `How` is Launch, which gpu.h declares after this.
template <typename How, typename... Parameters>
void launch_with(const How& how, void (*kernel)(Parameters...),
                 std::tuple<Parameters...>& parameters) {
  struct Call {
    void (*kernel)(Parameters...);
    std::tuple<Parameters...> parameters;
  } call{kernel, parameters};
  backlight::sim::run_launch({
      .kernel = how.kernel,
      .shapes = &how.shapes,
      .grid = {how.grid.x, how.grid.y, how.grid.z},
      .block = {how.block.x, how.block.y, how.block.z},
      .shared_bytes = how.shared_bytes,
      .flop = how.flop,
      .bytes = how.bytes,
      .run =
          [](void* arguments) {
            const Call& c = *static_cast<Call*>(arguments);
            std::apply(c.kernel, c.parameters);
          },
      .arguments = &call,
      .argument_bytes = sizeof call,
  });
}

}  // namespace backlight::kernels::sim
