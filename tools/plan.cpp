#include "tools/plan.h"

#include <cmath>

#include "tools/console/progress.h"
#include "tools/report/markup.h"
#include "tools/trust.h"

namespace backlight::tools {

double passes_of(const Method& method, const ExplainOptions& options, std::int64_t side) {
  return method.cost(options, side) + (options.check ? passes_of_checks(method, options, side) : 0);
}

Plan plan_for(Session& session, std::size_t photos, const std::vector<const Method*>& methods,
              const ExplainOptions& options) {
  Plan plan{photos, methods.size()};
  for (const Method* method : methods)
    plan.passes += static_cast<double>(photos) * passes_of(*method, options, session.side());
  if (options.check) plan.passes += static_cast<double>(photos) * passes_of_random_orders();
  plan.batch = choose_batch(session, options.batch, options.memory);
  plan.bytes = estimated_bytes(session, plan.batch);
  if (session.device == Device::sim) return plan;
  const Tensor x =
      Tensor::full(session.model.input_shape(plan.batch), 0.5, DType::f32, session.device);
  (void)session(x).value().to(Device::cpu);  // the first pass also prepares the kernels
  const double start = now();
  (void)session(x).value().to(Device::cpu);
  plan.seconds = plan.passes * (now() - start) / static_cast<double>(plan.batch);
  return plan;
}

std::string to_text(const Plan& plan) {
  const double mebibytes = static_cast<double>(plan.bytes) / (1 << 20);
  std::string text = plural(plan.photos, "photo") + ", " + plural(plan.methods, "method") +
                     ": about " + str(std::llround(plan.passes)) + " passes, " + str(plan.batch) +
                     " at a time in about " + str(std::llround(mebibytes)) + " MiB";
  if (plan.seconds > 0) text += "; about " + duration_text(plan.seconds);
  return text;
}

}  // namespace backlight::tools
