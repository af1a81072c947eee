#include "xai/lrp/lrp.h"

#include <algorithm>
#include <cmath>

#include "tools/methods/all.h"
#include "tools/methods/common.h"

namespace backlight::tools {
namespace {

// Where the check begins to ask for attention, a judgement: books that do not balance to a
// thousandth of the most that any layer held.
constexpr double kLargestGap = 1e-3;

double most_held(const RelevanceLedger& ledger) {
  double most = std::abs(ledger.started);
  for (const LedgerRow& row : ledger.rows) most = std::max(most, std::abs(row.arrived));
  return most;
}

// A number, or 0 for what is nothing but rounding beside the most that any layer held.
std::string amount(double value, const RelevanceLedger& ledger, int digits = 3) {
  return short_number(std::abs(value) <= 1e-6 * most_held(ledger) ? 0 : value, digits);
}

std::string summary(const RelevanceLedger& ledger) {
  const std::string nowhere = amount(ledger.nowhere(), ledger);
  return str("of the logit ", short_number(ledger.started, 4), " the photo gets ",
             amount(ledger.arrived, ledger, 4), " and the biases ",
             amount(ledger.bias(), ledger, 4), "; stabilisers keep ",
             amount(ledger.stabiliser(), ledger, 2),
             nowhere == "0" ? "" : "; " + nowhere + " found nothing to go to");
}

std::string name_of_row(const LedgerRow& row) {
  return row.layer.empty() ? name_of(row.kind) : row.layer;
}

nlohmann::json ledger_json(const RelevanceLedger& ledger) {
  nlohmann::json rows = nlohmann::json::array();
  for (const LedgerRow& row : ledger.rows)
    rows.push_back({{"layer", row.layer},
                    {"op", name_of(row.kind)},
                    {"rule", row.rule},
                    {"arrived", row.arrived},
                    {"passed", row.passed},
                    {"bias", row.bias},
                    {"stabiliser", row.stabiliser},
                    {"nowhere", row.nowhere}});
  return rows;
}

// Narrow, as a card is: what a layer passes on is what came to the next.
MapTable ledger_table(const RelevanceLedger& ledger) {
  MapTable table{
      "Where the logit went, layer by layer", {"Layer", "came", "to biases", "other"}, {}};
  for (const LedgerRow& row : ledger.rows) {
    const std::string layer = name_of_row(row);
    table.rows.push_back({layer.substr(0, layer.find(' ')), amount(row.arrived, ledger),
                          amount(row.bias, ledger), amount(row.stabiliser + row.nowhere, ledger)});
  }
  table.rows.push_back({"photo", amount(ledger.arrived, ledger), "", ""});
  return table;
}

MapResult run_lrp(const MethodRequest& request) {
  const Composite composite = composite_named(request.options.composite);
  const LrpResult result = lrp(request.model, request.x, objective_of(request), composite);
  const RelevanceLedger& ledger = result.ledger;
  MapResult map;
  map.values = without_batch(result.values);
  map.settings = {{"of", name_of_score(request)}, {"composite", composite.name}};
  map.checks = {{"logit", ledger.started},
                {"sum", ledger.arrived},
                {"to_biases", ledger.bias()},
                {"to_stabilisers", ledger.stabiliser()},
                {"nowhere", ledger.nowhere()},
                {"unaccounted", ledger.unaccounted()},
                {"ok", std::abs(ledger.unaccounted()) <= kLargestGap * most_held(ledger)}};
  map.check_text = summary(ledger);
  map.details = {{"ledger", ledger_json(ledger)}};
  map.table = ledger_table(ledger);
  return map;
}

}  // namespace

Method lrp_method() {
  return {.name = "lrp",
          .title = "Layer-wise relevance propagation",
          .run = run_lrp,
          .text = {"The logit of the class, handed back from layer to layer in proportion to what "
                   "each neuron contributed, until the pixels have it.",
                   kSpeaksFor,
                   kSpeaksAgainst,
                   {"Bach, Binder, Montavon, Klauschen, Müller and Samek",
                    "On pixel-wise explanations for non-linear classifier decisions by layer-wise "
                    "relevance propagation",
                    2015, "https://doi.org/10.1371/journal.pone.0130140"}},
          // A changed copy of a layer takes a pass there and one back; the books take as long.
          .passes = [](const ExplainOptions& options,
                       std::int64_t) { return options.composite == "epsilon-plus" ? 7.0 : 12.0; },
          .logits_only = true};
}

}  // namespace backlight::tools
