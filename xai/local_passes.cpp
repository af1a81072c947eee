#include "xai/local_passes.h"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>

#include "kernels/windows.h"

namespace backlight {
namespace {

using kernels::WindowPlace;

// Changed parts grow to this grid and windows to multiples of kGrain pixels: few different sizes,
// for each of which the kernels are prepared once.
constexpr std::int64_t kGrid = 8, kGrain = 4;
// How many times work.batch goes through windows at once, at most: small pieces of work cost time.
constexpr std::int64_t kMostBatches = 4;

std::int64_t round_down(std::int64_t value, std::int64_t to) {
  return value - ((value % to) + to) % to;
}
std::int64_t round_up(std::int64_t value, std::int64_t to) { return -round_down(-value, to); }

// The outputs that see a pixel of `changed`, where the picture has no edges.
Span seen_by(const Span& changed, const Locality& stage) {
  return {round_down(changed.first - stage.reach, stage.stride) / stage.stride,
          round_up(changed.last + stage.reach, stage.stride) / stage.stride};
}

// The inputs that these outputs see, from a multiple of the stride on.
Span what_sees(const Span& outputs, const Locality& stage) {
  return {round_down(outputs.first * stage.stride - stage.reach, stage.stride),
          outputs.last * stage.stride + stage.reach};
}

Span clipped(const Span& span, std::int64_t extent) {
  return {std::clamp<std::int64_t>(span.first, 0, extent),
          std::clamp<std::int64_t>(span.last, 0, extent)};
}

Span on_grid(const Span& span) {
  return {round_down(span.first, kGrid), round_up(span.last, kGrid)};
}

// Along one axis, what a point does at a stage; and, in the end, at the head.
struct Step {
  Span changed;             // of the stage's input
  std::int64_t corner = 0;  // where the window begins in it
};

class LocalPasses {
 public:
  LocalPasses(const Model& model, const Objective& objective, const Tensor& x)
      : model_(model), objective_(objective) {
    features_.push_back(x.dense());
    for (const LocalStage& stage : model.stages())
      features_.push_back(stage.run(features_.back()).value().dense());
  }

  // The heights and widths of the windows that a changed part takes, stage after stage.
  using Sizes = std::vector<std::array<std::int64_t, 2>>;
  static Sizes sizes_for(const Model& model, const Tensor& x, const Area& changed) {
    Sizes sizes;
    Span rows = on_grid(changed.rows), columns = on_grid(changed.columns);
    std::int64_t height = x.dim(1), width = x.dim(2);
    for (const LocalStage& stage : model.stages()) {
      const Locality& at = stage.locality;
      rows = seen_by(rows, at);
      columns = seen_by(columns, at);
      const Span down = what_sees(rows, at), across = what_sees(columns, at);
      const std::int64_t side =
          round_up(std::max(down.last - down.first, across.last - across.first),
                   std::lcm(kGrain, at.stride));
      sizes.push_back({std::min(side, height), std::min(side, width)});
      height /= at.stride;
      width /= at.stride;
    }
    return sizes;
  }

  double score_of_x() const {
    return sum(objective_(model_.head(features_.back()))).value().item();
  }

  // How many pictures go through windows of these sizes at once.
  std::int64_t batch_for(const Sizes& sizes, std::int64_t whole_batch) const {
    double largest = 0, largest_window = 0;
    for (std::size_t k = 0; k < sizes.size(); ++k) {
      const auto channels =
          static_cast<double>(std::max(features_[k].dim(3), features_[k + 1].dim(3)));
      largest = std::max(largest,
                         channels * static_cast<double>(features_[k].dim(1) * features_[k].dim(2)));
      largest_window =
          std::max(largest_window, channels * static_cast<double>(sizes[k][0] * sizes[k][1]));
    }
    const auto times = static_cast<std::int64_t>(largest / largest_window);
    return whole_batch * std::clamp<std::int64_t>(times, 1, kMostBatches);
  }

  // The scores of pictures with these changed parts, through windows of these sizes.
  Tensor scores(Tensor pictures, const std::vector<Area>& changed, const Sizes& sizes) const {
    std::vector<std::vector<Step>> down, across;
    for (const Area& area : changed) {
      down.push_back(route(area.rows, sizes, 0));
      across.push_back(route(area.columns, sizes, 1));
    }
    Tensor patches = std::move(pictures);
    std::vector<WindowPlace> places(changed.size());
    for (std::size_t k = 0; k < sizes.size(); ++k) {
      for (std::size_t n = 0; n < places.size(); ++n)
        move_window(places[n], down[n][k], across[n][k]);
      patches = stages()[k].run(windows(k, patches, places, sizes[k])).value();
      const std::int64_t stride = stages()[k].locality.stride;
      for (WindowPlace& place : places) {
        place.patch_top = place.top / stride;
        place.patch_left = place.left / stride;
      }
    }
    for (std::size_t n = 0; n < places.size(); ++n)
      move_window(places[n], down[n].back(), across[n].back());
    const Tensor& last = features_.back();
    const Tensor whole = windows(sizes.size(), patches, places, {last.dim(1), last.dim(2)});
    return objective_(model_.head(whole)).value().to(Device::cpu);
  }

 private:
  const std::vector<LocalStage>& stages() const { return model_.stages(); }

  // A point's steps along an axis through windows of these sizes.
  std::vector<Step> route(const Span& changed, const Sizes& sizes, std::size_t axis) const {
    std::vector<Step> steps;
    const auto extent = [&](std::size_t k) {
      return features_[k].dim(static_cast<std::int64_t>(axis) + 1);
    };
    Span span = clipped(on_grid(changed), extent(0));
    for (std::size_t k = 0; k < sizes.size(); ++k) {
      const Locality& at = stages()[k].locality;
      const Span outputs = clipped(seen_by(span, at), extent(k + 1));
      const std::int64_t corner =
          std::clamp<std::int64_t>(what_sees(outputs, at).first, 0, extent(k) - sizes[k][axis]);
      steps.push_back({span, corner});
      span = outputs;
    }
    steps.push_back({span, 0});  // the head sees the whole
    return steps;
  }

  static void move_window(WindowPlace& place, const Step& down, const Step& across) {
    place.top = down.corner;
    place.left = across.corner;
    place.first_row = down.changed.first;
    place.last_row = down.changed.last;
    place.first_column = across.changed.first;
    place.last_column = across.changed.last;
  }

  // The input of stage k in these windows: the patches where they count, else what x gave.
  Tensor windows(std::size_t k, const Tensor& patches, const std::vector<WindowPlace>& places,
                 const std::array<std::int64_t, 2>& size) const {
    const Tensor& whole = features_[k];
    if (patches.dim(1) == whole.dim(1) && patches.dim(2) == whole.dim(2) &&
        size[0] == whole.dim(1) && size[1] == whole.dim(2))
      return patches;  // nothing is left of x
    return kernels::windows_with_patches(whole, patches, places, size[0], size[1]);
  }

  const Model& model_;
  const Objective& objective_;
  std::vector<Tensor> features_;  // the input of each stage at x, and what the last gives
};

// Whether every stage gets a picture of whole strides.
bool fits_stages(const Model& model, const Tensor& x) {
  if (model.stages().empty() || x.rank() != 4) return false;
  std::int64_t height = x.dim(1), width = x.dim(2);
  for (const LocalStage& stage : model.stages()) {
    if (height % stage.locality.stride != 0 || width % stage.locality.stride != 0) return false;
    height /= stage.locality.stride;
    width /= stage.locality.stride;
  }
  return true;
}

using Numbers = std::vector<std::int64_t>;

// Which points go which way.
struct Ways {
  std::map<LocalPasses::Sizes, Numbers> in_windows;  // of these sizes
  Numbers unchanged;                                 // are x; while others go through windows
  Numbers whole;                                     // through the model as they are
};

Ways ways_of(const Model& model, const Tensor& x, const std::vector<Area>& changed) {
  Ways ways;
  const bool in_stages = fits_stages(model, x);
  for (std::int64_t k = 0; k < static_cast<std::int64_t>(changed.size()); ++k) {
    const Area& area = changed[static_cast<std::size_t>(k)];
    LocalPasses::Sizes sizes;
    if (in_stages && !area.is_empty()) sizes = LocalPasses::sizes_for(model, x, area);
    const bool small = !sizes.empty() && (sizes[0][0] < x.dim(1) || sizes[0][1] < x.dim(2));
    Numbers& way = small ? ways.in_windows[sizes] : area.is_empty() ? ways.unchanged : ways.whole;
    way.push_back(k);
  }
  if (ways.in_windows.empty()) {
    ways.whole.insert(ways.whole.end(), ways.unchanged.begin(), ways.unchanged.end());
    ways.unchanged.clear();
  }
  return ways;
}

Numbers some_of(const Numbers& numbers, std::int64_t first, std::int64_t count) {
  return {numbers.begin() + first, numbers.begin() + first + count};
}

Points points_of(const Numbers& numbers, const PointsAt& points) {
  return [&](std::int64_t first, std::int64_t count) {
    return points(some_of(numbers, first, count));
  };
}

std::vector<double> scores_in_windows(const LocalPasses& local, const LocalPasses::Sizes& sizes,
                                      const Numbers& numbers, const std::vector<Area>& changed,
                                      const PointsAt& points, const Work& work) {
  std::vector<double> scores;
  const Work in_windows{local.batch_for(sizes, work.batch), work.progress};
  for_each_batch(static_cast<std::int64_t>(numbers.size()), points_of(numbers, points), in_windows,
                 [&](std::int64_t first, const Tensor& pictures) {
                   std::vector<Area> areas;
                   for (const std::int64_t k : some_of(numbers, first, pictures.dim(0)))
                     areas.push_back(changed[static_cast<std::size_t>(k)]);
                   const Tensor found = local.scores(pictures, areas, sizes);
                   for (std::int64_t n = 0; n < found.numel(); ++n) scores.push_back(found.at(n));
                 });
  return scores;
}

}  // namespace

Area Area::with(const Area& other) const {
  if (is_empty()) return other;
  if (other.is_empty()) return *this;
  const auto around = [](const Span& a, const Span& b) {
    return Span{std::min(a.first, b.first), std::max(a.last, b.last)};
  };
  return {around(rows, other.rows), around(columns, other.columns)};
}

std::vector<double> scores_near(const Model& model, const Objective& objective, const Tensor& x,
                                const std::vector<Area>& changed, const PointsAt& points,
                                const Work& work) {
  const Ways ways = ways_of(model, x, changed);
  std::vector<double> scores(changed.size());
  std::int64_t done = 0;
  const auto fill_in = [&](const Numbers& numbers, const std::vector<double>& found) {
    for (std::size_t k = 0; k < numbers.size(); ++k)
      scores[static_cast<std::size_t>(numbers[k])] = found[k];
    done += static_cast<std::int64_t>(numbers.size());
  };
  const Work part{work.batch, [&](std::int64_t of_part, std::int64_t) {
                    if (work.progress)
                      work.progress(done + of_part, static_cast<std::int64_t>(changed.size()));
                  }};
  if (!ways.whole.empty())
    fill_in(ways.whole, scores_at(model, objective, static_cast<std::int64_t>(ways.whole.size()),
                                  points_of(ways.whole, points), part));
  if (ways.in_windows.empty()) return scores;
  const LocalPasses local(model, objective, x);
  if (!ways.unchanged.empty())
    fill_in(ways.unchanged, std::vector<double>(ways.unchanged.size(), local.score_of_x()));
  for (const auto& [sizes, numbers] : ways.in_windows)
    fill_in(numbers, scores_in_windows(local, sizes, numbers, changed, points, part));
  return scores;
}

}  // namespace backlight
