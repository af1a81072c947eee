#include "tools/methods/background.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <vector>

#include "models/demo/scene.h"
#include "models/food_classes.h"
#include "models/image/image.h"
#include "tools/methods/common.h"

namespace backlight::tools {
namespace {

// Scenes that neither training nor the demo has seen.
constexpr std::uint64_t kBackgroundSeeds = (std::uint64_t{1} << 63) + (std::uint64_t{1} << 33);

bool is_picture(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension == ".jpg" || extension == ".jpeg" || extension == ".png";
}

}  // namespace

Background read_background(const std::string& folder, std::int64_t count, const Tensor& x) {
  std::error_code error;
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error))
    if (is_picture(entry.path())) paths.push_back(entry.path().string());
  require(!error, "cannot read the folder ", folder, ": ", error.message());
  require(!paths.empty(), "there is no photo (.jpg, .png) in the folder ", folder,
          "; choose another with --background");
  std::sort(paths.begin(), paths.end());
  const auto all = static_cast<std::int64_t>(paths.size());
  count = std::min(count, all);
  std::vector<Tensor> pictures;
  for (std::int64_t i = 0; i < count; ++i)
    pictures.push_back(baseline_for(paths[static_cast<std::size_t>(i * all / count)], x));
  return {concatenate(pictures), str(count, " of ", all, " photos in ", folder)};
}

Background scenes_as_background(std::int64_t count, std::uint64_t seed, const Tensor& x) {
  require(x.dim(1) == x.dim(2), "the demo scenes are square, but the photo is ", x.shape(),
          "; give a background with --background DIR");
  std::vector<Tensor> scenes;
  for (std::int64_t i = 0; i < count; ++i) {
    // Every second class in turn, as unlike each other as five can be.
    const auto label = static_cast<int>(2 * i % kFoodClassCount);
    const std::uint64_t scene = kBackgroundSeeds + seed + static_cast<std::uint64_t>(i);
    scenes.push_back(image_to_tensor(render_scene(label, scene, static_cast<int>(x.dim(1))).image));
  }
  return {concatenate(scenes).to(x.device()), str(count, " demo scenes")};
}

}  // namespace backlight::tools
