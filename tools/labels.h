// Labels in file names: the course names its photos <class>_<number>.jpg.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

namespace backlight::tools {

// The class of "2_17.jpg" is 2; none where the name is built otherwise.
std::optional<std::int64_t> label_of(const std::filesystem::path& file);

// The photos (.jpg, .jpeg, .png) of a folder, sorted by name. Errors: no such folder, or one that
// cannot be read.
std::vector<std::filesystem::path> photos_in(const std::filesystem::path& folder);

struct LabelledPhoto {
  std::filesystem::path path;
  std::int64_t label;
};

// The photos of photos_in whose names hold a label below the number of food classes, in an order
// that mixes the classes but is always the same. Errors: as photos_in.
std::vector<LabelledPhoto> labelled_photos(const std::filesystem::path& folder);

}  // namespace backlight::tools
