// The attribution methods as the program offers them: by name, with settings and checks spelled
// out for people and for result.json.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tools/explanation.h"
#include "xai/coalitions.h"
#include "xai/metrics/infidelity.h"

namespace backlight::tools {

// What methods have in common of one photo, its target and their options; made by the first that
// wants it.
struct SharedWork {
  std::optional<Tensor> segments;
  std::optional<SegmentGame> game;  // of these segments over the baseline
};

// One method and one photo.
struct MethodRequest {
  const Model& model;
  Tensor x;  // [1,S,S,3]
  std::int64_t target;
  const ExplainOptions& options;
  Work work = {};
  std::vector<std::string> class_names = {};
  std::string last_features = {};  // the name of the last convolution's output, "cnn.36"
  std::shared_ptr<SharedWork> shared = std::make_shared<SharedWork>();
};

struct Method {
  std::string name;   // for --method
  std::string title;  // for people
  // Fills values, settings, checks and check_text.
  MapResult (*run)(const MethodRequest& request);
  MethodText text;                                         // of the paper's formula
  std::vector<std::pair<Variant, MethodText>> texts = {};  // of variants that mean something else
  // About how many forward passes of one photo, `side` pixels high, a map takes; a gradient is two.
  double (*passes)(const ExplainOptions& options,
                   std::int64_t side) = [](const ExplainOptions&, std::int64_t) { return 2.0; };
  std::vector<Variant> departures = {};  // the variants in which it is not the paper's
  bool by_default = false;               // whether `explain` runs it where --method is not given
  // What its values say of a pixel, and whether they sum to the rise of the score.
  MapKind kind = MapKind::contribution;
  bool is_complete = false;
  bool logits_only = false;  // whether it has no rule for the softmax of --of probability or loss

  const MethodText& text_in(Variant variant) const;
  // The variant itself where the method departs from its paper in it, else the paper's.
  Variant effective(Variant variant) const;
  // The options with the samples that are asked of this method.
  ExplainOptions options_of(ExplainOptions options) const;
  // passes() with these.
  double cost(const ExplainOptions& options, std::int64_t side) const;
};

// In the order of the report.
const std::vector<Method>& methods();

// The method of a name. Errors: there is none; the message says which are near.
const Method& find_method(const std::string& name);

// The map of a method for a request. With options.tolerance, a method that draws samples draws as
// many as bring its relative standard error down to it: those of a first run foretell how many, by
// the law of 1/sqrt(n).
MapResult run_method(const Method& method, const MethodRequest& request);

// The variant of a name, if it is one.
std::optional<Variant> find_variant(const std::string& name);

// What --method and --compare mean: the names given, each once; for "all" each that can explain the
// score of --of; those that run by default for none. Errors: an unknown name; a method named that
// cannot explain the score.
std::vector<const Method*> choose_methods(const ExplainOptions& options);

}  // namespace backlight::tools
