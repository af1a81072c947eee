// The books of a layer-wise relevance propagation: what came to each layer and where it went.
#pragma once

#include <string>
#include <vector>

#include "autograd/op_kind.h"

namespace backlight {

// One layer, or one sum. What arrived = what was passed on + what it lost to the rest.
struct LedgerRow {
  std::string layer;  // by its PyTorch name; with the batch norm folded into it, "cnn.0 + cnn.1"
  OpKind kind = OpKind::conv2d;
  std::string rule;
  double arrived = 0;     // relevance of its outputs
  double passed = 0;      // relevance of its inputs
  double bias = 0;        // taken by biases, and by constants in a sum
  double stabiliser = 0;  // taken by what keeps the rule's denominators from 0
  double nowhere = 0;     // of outputs to which nothing contributed in the way the rule asks for

  double lost() const { return bias + stabiliser + nowhere; }
  // 0 up to rounding: each of the others is computed by itself.
  double unaccounted() const { return arrived - passed - lost(); }
};

struct RelevanceLedger {
  double started = 0;           // the score
  std::vector<LedgerRow> rows;  // as relevance came to them, from the output back
  double arrived = 0;           // the sum of the map

  double bias() const { return total(&LedgerRow::bias); }
  double stabiliser() const { return total(&LedgerRow::stabiliser); }
  double nowhere() const { return total(&LedgerRow::nowhere); }
  // 0 up to rounding: started = arrived + all that was lost on the way.
  double unaccounted() const { return started - arrived - bias() - stabiliser() - nowhere(); }

 private:
  double total(double LedgerRow::*entry) const {
    double sum = 0;
    for (const LedgerRow& row : rows) sum += row.*entry;
    return sum;
  }
};

}  // namespace backlight
