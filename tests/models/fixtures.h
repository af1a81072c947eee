// Where the reference values lie, and how to read them.
#pragma once

#include <string>

#include "models/image/image.h"
#include "models/weights/load.h"
#include "tensor/npy.h"

namespace backlight::testing {

inline std::string fixture_path(const std::string& name) {
  return std::string(BACKLIGHT_FIXTURES) + "/" + name;
}

inline Tensor fixture_npy(const std::string& name) { return read_npy(fixture_path(name)); }

// The entries of a weight file in the dtypes it has.
inline StateDict fixture_weights(const std::string& name) {
  return load_weights(fixture_path(name), {.keep_f64 = true});
}

// The first `count` pictures that the food CNN fixtures are about, [count,128,128,3] in [0,1].
inline Tensor fixture_pictures(int count) {
  std::vector<Tensor> pictures;
  for (int i = 0; i < count; ++i)
    pictures.push_back(
        image_to_tensor(read_image(fixture_path(str("food_cnn/pictures/", i, ".png")))));
  return concatenate(pictures);
}

}  // namespace backlight::testing
