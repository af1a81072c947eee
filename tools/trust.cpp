#include "tools/trust.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "kernels/elementwise.h"
#include "tensor/random.h"
#include "tools/console/interrupt.h"
#include "tools/methods/common.h"
#include "xai/food_cnn_model.h"
#include "xai/metrics/agreement.h"
#include "xai/metrics/map_values.h"
#include "xai/metrics/randomised_food_cnn.h"
#include "xai/metrics/sensitivity.h"
#include "xai/segmentation/pixels.h"
#include "xai/segmentation/segments.h"

namespace backlight::tools {
namespace {

constexpr std::int64_t kSteps = 20;    // of the curves
constexpr std::int64_t kSquares = 20;  // that are hidden, each an eighth of the photo wide
constexpr std::int64_t kSquaresASide = 8;
constexpr std::int64_t kNoisyPhotos = 3;
constexpr double kNoise = 0.02;
constexpr double kMostMissed = 0.5, kMostMoved = 0.5, kMostAlike = 0.5, kMostIncomplete = 0.05;
// A map is made again for each noisy photo and for the last layer and all of them without what they
// learned; one that takes more passes than this is not.
constexpr double kReruns = kNoisyPhotos + 2, kMostPasses = 200;

TrustCheck no_answer(const char* name, const char* title, const std::string& text) {
  return {name, title, Verdict::none, {}, {}, text};
}

TrustCheck answer(const char* name, const char* title, bool passed, double value,
                  std::optional<double> yardstick, const std::string& text) {
  return {name, title, passed ? Verdict::passed : Verdict::failed, value, yardstick, text};
}

bool is_signed_by_channel(const Method& method, const MapResult& map) {
  return method.kind == MapKind::gradient && map.values.rank() == 3;
}

// What pixels are ranked by, float32 [S,S].
Tensor ranking_of(const Method& method, const MapResult& map, const Image& photo) {
  Tensor values = map.at_size_of(photo).to(DType::f32);
  if (is_signed_by_channel(method, map)) {
    values = values.clone();
    float* const value = values.mutable_data<float>();
    for (std::int64_t i = 0; i < values.numel(); ++i) value[i] = std::abs(value[i]);
  }
  return Tensor::from(pixel_values(values), {values.dim(0), values.dim(1)}).to(DType::f32);
}

// Contributions pixel by pixel: a segment's weight is shared by its pixels.
Tensor contributions_of(const MapResult& map, const Image& photo) {
  const auto segments = std::find_if(map.extra.begin(), map.extra.end(),
                                     [](const ExtraArray& a) { return a.name == "segments"; });
  const Tensor values = map.at_size_of(photo).to(DType::f64);
  if (segments == map.extra.end()) return values;
  const std::int32_t* const segment = segments->values.data<std::int32_t>();
  std::vector<double> sizes(static_cast<std::size_t>(count_segments(segments->values)));
  for (std::int64_t i = 0; i < values.numel(); ++i) ++sizes[static_cast<std::size_t>(segment[i])];
  Tensor shared = values.clone();
  for (std::int64_t i = 0; i < values.numel(); ++i)
    shared.mutable_data<double>()[i] /= sizes[static_cast<std::size_t>(segment[i])];
  return shared;
}

TrustCheck completeness_of(const Method& method, const MapResult& map) {
  constexpr const char *kName = "completeness", *kTitle = "Completeness";
  const auto sum = map.checks.find("sum");
  auto rise = map.checks.end();
  for (auto entry = map.checks.begin(); entry != map.checks.end(); ++entry)
    if (entry.key().find("_minus_") != std::string::npos) rise = entry;
  if (!method.is_complete || sum == map.checks.end() || rise == map.checks.end() ||
      !sum->is_number() || !rise->is_number())
    return no_answer(kName, kTitle, "this method does not promise that its map sums to anything");
  const double expected = rise->get<double>();
  const double missed =
      std::abs(sum->get<double>() - expected) / std::max(std::abs(expected), 1e-9);
  return answer(kName, kTitle, missed <= kMostIncomplete, missed, kMostIncomplete,
                "the sum misses the rise of the score by " + short_percent(missed));
}

TrustCheck pointing_of(const MapResult& map) {
  constexpr const char *kName = "pointing", *kTitle = "Pointing game";
  if (!map.score) return no_answer(kName, kTitle, "nobody has marked the food in this photo");
  return answer(kName, kTitle, map.score->pointing_hit, map.score->mass_inside, {},
                std::string("its largest value lies ") +
                    (map.score->pointing_hit ? "on" : "beside") + " the food, " +
                    short_percent(map.score->mass_inside) + " of its magnitude on it");
}

}  // namespace

Trust::Trust(Session& session, const Tensor& x, const ExplainedPhoto& photo,
             const ExplainOptions& options, const Work& work)
    : session_(session),
      model_(model_of(session.model)),
      x_(x),
      black_(Tensor::zeros(x.shape(), x.dtype(), x.device())),
      photo_(photo),
      options_(options),
      work_{work.batch, [](std::int64_t, std::int64_t) { check_interrupt(); }} {
  const double sigma = static_cast<double>(session.side()) / 16;
  blurred_ = tensor_of(blurred(pixels_of(x), sigma), x.dtype()).reshape(x.shape()).to(x.device());
  options_.tolerance.reset();
}

RemovalCurve Trust::curve(Removal removal, const Tensor& ranking) const {
  const bool deletion = removal == Removal::deletion;
  return removal_curve(model_, x_, deletion ? black_ : blurred_, ranking,
                       probability_of(photo_.target), removal, std::min(kSteps, ranking.numel()),
                       work_);
}

Trust::ByChance Trust::by_chance(Removal removal) const {
  ByChance chance;
  const std::int64_t side = session_.side();
  for (std::int64_t k = 0; k < kOrders; ++k) {
    const Philox philox(options_.seed, static_cast<std::uint64_t>(k));
    Tensor order({side, side});
    for (std::int64_t i = 0; i < order.numel(); ++i) {
      const std::int64_t row = i / side * kSquaresASide / side;
      const std::int64_t column = i % side * kSquaresASide / side;
      order.mutable_data<float>()[i] =
          philox.uniform(static_cast<std::uint64_t>(row * kSquaresASide + column));
    }
    const RemovalCurve one = curve(removal, order);
    chance.areas.push_back(one.area);
    chance.mean.resize(one.scores.size());
    for (std::size_t i = 0; i < one.scores.size(); ++i)
      chance.mean[i] += one.scores[i] / static_cast<double>(kOrders);
  }
  return chance;
}

TrustCheck Trust::removal(Removal removal, const Tensor& ranking, const ByChance& chance,
                          MapResult& map) const {
  const RemovalCurve mine = curve(removal, ranking);
  const bool deletion = removal == Removal::deletion;
  std::vector<double> rows = mine.shares;
  rows.insert(rows.end(), mine.scores.begin(), mine.scores.end());
  rows.insert(rows.end(), chance.mean.begin(), chance.mean.end());
  map.extra.push_back({deletion ? "deletion" : "insertion",
                       Tensor::from(rows, {3, static_cast<std::int64_t>(mine.shares.size())})});
  const auto [least, most] = std::minmax_element(chance.areas.begin(), chance.areas.end());
  const double mean = std::accumulate(chance.areas.begin(), chance.areas.end(), 0.0) /
                      static_cast<double>(chance.areas.size());
  const std::string areas =
      "area " + short_number(mine.area, 2) + ", " + short_number(mean, 2) + " in random orders";
  if (deletion)
    return answer("deletion", "Deletion", mine.area < *least, mine.area, mean,
                  "the probability as pixels are blacked out, the map's largest first: " + areas);
  return answer("insertion", "Insertion", mine.area > *most, mine.area, mean,
                "the probability as they are filled into the blurred photo: " + areas);
}

TrustCheck Trust::foretelling(const Method& method, const MapResult& map) const {
  constexpr const char *kName = "infidelity", *kTitle = "Infidelity";
  const bool gradient = method.kind == MapKind::gradient;
  if (gradient && !is_signed_by_channel(method, map))
    return no_answer(kName, kTitle, "this variant's map has lost the signs that would foretell");
  const Tensor values = gradient ? map.values : contributions_of(map, photo_.photo);
  const std::int64_t side = std::max<std::int64_t>(1, session_.side() / kSquaresASide);
  const MethodRequest request{model_, x_, photo_.target, options_, work_};
  const Infidelity result =
      infidelity(model_, x_, values, objective_of(request),
                 square_perturbations(x_, baseline_for(options_.baseline, x_), side, method.kind,
                                      values.shape(), options_.seed),
                 kSquares, work_);
  if (result.of_zeros <= 0)
    return no_answer(kName, kTitle, "hiding squares of the photo does not change the score");
  const double missed = result.scaled / result.of_zeros;
  return answer(kName, kTitle, missed <= kMostMissed, missed, kMostMissed,
                "of what hiding a square does to the score, the map does not foretell " +
                    short_percent(missed));
}

Tensor Trust::rerun(const Method& method, const Model& model, const Tensor& x) const {
  return run_method(method, {model, x, photo_.target, options_, work_, session_.class_names,
                             session_.model.last_features()})
      .values;
}

bool Trust::takes_too_long(const Method& method) const {
  return method.cost(options_, session_.side()) > kMostPasses;
}

TrustCheck Trust::stability(const Method& method, const MapResult& map) const {
  constexpr const char *kName = "sensitivity", *kTitle = "Sensitivity";
  if (takes_too_long(method))
    return no_answer(kName, kTitle, "left out, for making this map again takes too many passes");
  bool first = true;  // the photo itself, whose map is there
  const auto explain = [&](const Tensor& x) {
    return std::exchange(first, false) ? map.values : rerun(method, model_, x);
  };
  try {
    const double moved = sensitivity_max(
        explain, x_, {.radius = kNoise, .samples = kNoisyPhotos, .seed = options_.seed});
    return answer(kName, kTitle, moved <= kMostMoved, moved, kMostMoved,
                  "noise of " + short_percent(kNoise) + " moves the map by up to " +
                      short_percent(moved) + " of its size");
  } catch (const Interrupted&) {
    throw;
  } catch (const Error& error) {
    return no_answer(kName, kTitle, error.what());
  }
}

TrustCheck Trust::randomisation(const Method& method, const MapResult& map) const {
  constexpr const char *kName = "randomisation", *kTitle = "Random weights";
  if (takes_too_long(method))
    return no_answer(kName, kTitle, "left out, for making this map again takes too many passes");
  try {
    const RandomisableModel network = randomisable(session_.model, options_.seed);
    const auto alike = [&](std::size_t layers) {
      const Model model = network.randomised(static_cast<std::int64_t>(layers));
      return rank_correlation(map.values, rerun(method, model, x_), Compared::magnitude);
    };
    const double last = alike(1), all = alike(network.layers.size());
    return answer(
        kName, kTitle, std::abs(all) <= kMostAlike, all, kMostAlike,
        "rank correlation with the map of a network that knows nothing: " + short_number(all, 2) +
            "; only without its last layer: " + short_number(last, 2));
  } catch (const Interrupted&) {
    throw;
  } catch (const Error& error) {
    return no_answer(kName, kTitle, error.what());
  }
}

void Trust::check(const Method& method, MapResult& map) {
  if (!deletion_) deletion_ = by_chance(Removal::deletion);
  if (!insertion_) insertion_ = by_chance(Removal::insertion);
  const Tensor ranking = ranking_of(method, map, photo_.photo);
  map.trust = {removal(Removal::deletion, ranking, *deletion_, map),
               removal(Removal::insertion, ranking, *insertion_, map),
               foretelling(method, map),
               stability(method, map),
               randomisation(method, map),
               completeness_of(method, map),
               pointing_of(map)};
}

double passes_of_checks(const Method& method, const ExplainOptions& options, std::int64_t side) {
  const double curves = 2 * (kSteps + 1) + kSquares + 1, again = method.cost(options, side);
  return curves + (again > kMostPasses ? 0 : kReruns * again);
}

double passes_of_random_orders() { return 2.0 * Trust::kOrders * (kSteps + 1); }

void compare_with_others(const Image& photo, std::vector<MapResult>& maps) {
  std::vector<Tensor> shown;
  for (const MapResult& map : maps) shown.push_back(map.at_size_of(photo));
  for (std::size_t i = 0; i < maps.size(); ++i) {
    if (maps[i].trust.empty()) continue;
    std::erase_if(maps[i].trust, [](const TrustCheck& c) { return c.name == "agreement"; });
    std::vector<std::pair<double, std::string>> others;
    for (std::size_t j = 0; j < maps.size(); ++j)
      if (j != i)
        others.emplace_back(rank_correlation(shown[i], shown[j], Compared::magnitude),
                            maps[j].title);
    if (others.empty()) continue;
    const auto [least, most] = std::minmax_element(others.begin(), others.end());
    std::string text =
        "most like " + most->second + " (rank correlation " + short_number(most->first, 2) + ")";
    if (least != most)
      text += ", least like " + least->second + " (" + short_number(least->first, 2) + ")";
    TrustCheck check = no_answer("agreement", "Agreement", text);
    check.value = most->first;
    maps[i].trust.push_back(check);
  }
}

}  // namespace backlight::tools
