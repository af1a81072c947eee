#include "tools/labels.h"

#include <algorithm>
#include <functional>

#include "models/food_classes.h"
#include "tensor/error.h"
#include "tensor/random.h"

namespace backlight::tools {

std::optional<std::int64_t> label_of(const std::filesystem::path& file) {
  const std::string stem = file.stem().string();
  const std::size_t bar = stem.find('_');
  if (bar == 0 || bar == std::string::npos || bar > 6) return std::nullopt;
  const std::string digits = stem.substr(0, bar);
  if (digits.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  return std::stoll(digits);
}

std::vector<std::filesystem::path> photos_in(const std::filesystem::path& folder) {
  require(std::filesystem::is_directory(folder), "there is no folder ", folder.string());
  std::error_code error;
  std::vector<std::filesystem::path> photos;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    std::string extension = entry.path().extension().string();
    for (char& c : extension) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (extension == ".jpg" || extension == ".jpeg" || extension == ".png")
      photos.push_back(entry.path());
  }
  require(!error, "cannot read the folder ", folder.string(), ": ", error.message());
  std::sort(photos.begin(), photos.end(),
            [](const auto& a, const auto& b) { return a.filename() < b.filename(); });
  return photos;
}

std::vector<LabelledPhoto> labelled_photos(const std::filesystem::path& folder) {
  std::vector<LabelledPhoto> photos;
  for (const std::filesystem::path& path : photos_in(folder))
    if (const auto label = label_of(path); label && *label < kFoodClassCount)
      photos.push_back({path, *label});
  Random random(0, 0);
  for (std::size_t i = photos.size(); i > 1; --i)
    std::swap(photos[i - 1], photos[static_cast<std::size_t>(random.below(static_cast<int>(i)))]);
  return photos;
}

}  // namespace backlight::tools
