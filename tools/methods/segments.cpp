#include "tools/methods/segments.h"

#include "tools/figure/segments.h"
#include "tools/methods/common.h"
#include "xai/segmentation/quickshift.h"
#include "xai/segmentation/slic.h"

namespace backlight::tools {

namespace {

Tensor cut(const MethodRequest& request) {
  const SegmentOptions& asked = request.options.segmentation;
  if (asked.by == Segmentation::quickshift)
    return quickshift(request.x, {.seed = request.options.seed});
  return slic(request.x,
              {.segments = asked.segments, .compactness = asked.compactness, .sigma = asked.sigma});
}

}  // namespace

const std::vector<std::string>& segmentation_names() {
  static const std::vector<std::string> names{"slic", "quickshift"};
  return names;
}

const Tensor& segments_of(const MethodRequest& request) {
  std::optional<Tensor>& segments = request.shared->segments;
  if (!segments) segments = cut(request);
  return *segments;
}

const SegmentGame& game_of(const MethodRequest& request) {
  std::optional<SegmentGame>& game = request.shared->game;
  if (!game)
    game.emplace(request.model, objective_of(request), request.x,
                 baseline_for(request.options.baseline, request.x), segments_of(request));
  return *game;
}

void add_segment_settings(const SegmentOptions& options, std::int64_t count,
                          nlohmann::json& settings) {
  settings["segmentation"] = segmentation_names()[static_cast<std::size_t>(options.by)];
  settings["segments"] = count;
  if (options.by == Segmentation::quickshift) {
    const QuickshiftOptions used;
    settings["kernel_size"] = used.kernel_size;
    settings["max_dist"] = used.max_dist;
    settings["ratio"] = used.ratio;
    return;
  }
  settings["segments_asked_for"] = options.segments;
  settings["compactness"] = options.compactness;
  settings["blur_sigma"] = options.sigma;
}

Drawing drawing_of(const MethodRequest& request, const Tensor& segments, const Tensor& values) {
  const auto target = static_cast<std::size_t>(request.target);
  const std::string name = target < request.class_names.size() ? request.class_names[target]
                                                               : str("class ", request.target);
  return segment_drawing(tensor_to_image(request.x.to(Device::cpu)), segments, values,
                         name_of_score(request) == "loss" ? "the loss of " + name : name);
}

}  // namespace backlight::tools
