#include "nlu/without_effect.h"

#include <array>

namespace greenroom {
namespace {

constexpr std::array kNames = {"epochs",
                               "constrain_similarities",
                               "model_confidence",
                               "renormalize_confidences",
                               "hidden_layers_sizes",
                               "share_hidden_layers",
                               "transformer_size",
                               "number_of_transformer_layers",
                               "number_of_attention_heads",
                               "use_key_relative_attention",
                               "use_value_relative_attention",
                               "max_relative_position",
                               "unidirectional_encoder",
                               "batch_size",
                               "batch_strategy",
                               "drop_small_last_batch",
                               "learning_rate",
                               "embedding_dimension",
                               "dense_dimension",
                               "concat_dimension",
                               "number_of_negative_examples",
                               "similarity_type",
                               "loss_type",
                               "maximum_positive_similarity",
                               "maximum_negative_similarity",
                               "use_maximum_negative_similarity",
                               "scale_loss",
                               "regularization_constant",
                               "negative_margin_scale",
                               "drop_rate",
                               "drop_rate_attention",
                               "connection_density",
                               "use_sparse_input_dropout",
                               "use_dense_input_dropout",
                               "evaluate_every_number_of_epochs",
                               "evaluate_on_number_of_examples",
                               "use_masked_language_model",
                               "tensorboard_log_directory",
                               "tensorboard_log_level",
                               "checkpoint_model",
                               "featurizers",
                               "run_eagerly",
                               "use_gpu"};

}  // namespace

const std::span<const char* const> kTransformerParameters = kNames;

void AddWithoutEffect(std::vector<ParameterSpec>& parameters, std::span<const char* const> names) {
  for (const char* name : names)
    parameters.push_back({.kind = ParameterSpec::Kind::kAny, .name = name, .no_effect = true});
}

}  // namespace greenroom
