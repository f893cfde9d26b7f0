"""Values of other tools, by the key at which people write them.

Tested in tests/spacefile/test_foreign.py.
"""

from collections.abc import Mapping

from sweep.spacefile.words import EVERY_RANGE, Rows

_NEAREST_TPE = "the nearest is sampler: tpe"
_NEAREST_ASHA = "the nearest is pruner: asha, which ends trials that fall behind"

# Values by key; "number" is for words in place of numbers.
VALUES: Mapping[str, Rows] = {
    "sampler": {
        "bayesian bayes bayesian_optimization bayesian_optimisation bayes_opt bo tpe_sampler "
        "hyperopt tree_parzen parzen smbo optuna optuna_search hyperopt_search auto model_based "
        "multivariate_tpe "
        "motpe default": "tpe",
        "gp gp_sampler gaussian_process gaussian botorch botorch_sampler skopt gp_tuner":
            f"this version has no Gaussian process; {_NEAREST_TPE}, which is Bayesian "
            "optimisation, too",
        "smac hebo ax dragonfly nevergrad bayesopt_search zoopt metis auto_sampler flaml cfo blend_search":
            f"this version has none of it; {_NEAREST_TPE}",
        "bohb tune_bohb dehb mobster hyperband hyperband_tuner":
            "it is two things here: sampler: tpe (or random) and pruner: hyperband",
        "asha adaptive_asha async_halving successive_halving":
            "it is two things here: sampler: tpe (or random) and pruner: asha",
        "random_search random_sampler randomized randomized_search basic_variant "
        "basic_variant_generator uniform "
        "random_tuner randomsearchcv": "random",
        "qmc_sampler sobol sobol_sampler quasi_random quasi_monte_carlo low_discrepancy": "qmc",
        "halton halton_sampler": "write sampler: {name: qmc, qmc_type: halton}",
        "latin_hypercube lhs": "this version has no Latin hypercube; the nearest is sampler: qmc",
        "grid_search grid_sampler brute_force brute_force_sampler exhaustive full_factorial "
        "factorial cartesian "
        "product gridsearchcv": "grid",
        "cma_es cma_es_sampler cma": "cmaes",
        "nsga_ii nsga_ii_sampler genetic genetic_algorithm ga": "nsga2",
        "nsgaiii_sampler evolution evolutionary regularized_evolution anneal annealing simulated_annealing pso de "
        "differential_evolution naive_evolution":
            "this version has no {word}; the nearest is sampler: nsga2, a genetic algorithm, or cmaes",
        "pbt pb2 population_based_training":
            f"this version has no population-based training; {_NEAREST_TPE} with pruner: asha",
        "oat ofat one_at_a_time ablation sensitivity morris": "one-at-a-time",
        "partial_fixed partial_fixed_sampler": "this version has none: a constant in space is held",
        "sequential fixed batch single custom list":
            "this version tries given configurations as baselines: write baselines: {NAME: {..}}",
        "none null false": "write sampler: random for no learning, or leave it out for tpe",
    },
    "pruner": {
        "median_pruner median_stopping median_stopping_rule median_stop": "median",
        "percentile_pruner": "percentile",
        "hyperband_pruner hyperband_scheduler hb": "hyperband",
        "bohb hb_for_bohb": "it is two things here: sampler: tpe and pruner: hyperband",
        "successive_halving successive_halving_pruner sha sh asha_scheduler async_hyperband "
        "async_hyperband_scheduler "
        "async_halving adaptive_asha asha_pruner asynchronous_successive_halving": "asha",
        "early_terminate envelope bandit truncation_selection "
        "curve_fitting "
        "default": f"this version has no pruner of this name; {_NEAREST_ASHA}",
        "threshold_pruner": "threshold",
        "patient patient_pruner plateau trial_plateau early_stopping early_stop":
            f"write search: {{patience: 3}}, which ends trials that no longer improve; {_NEAREST_ASHA}",
        "wilcoxon wilcoxon_pruner": f"this version has no such rule; {_NEAREST_ASHA}",
        "pbt pb2 population_based_training": f"this version has no population-based training; {_NEAREST_ASHA}",
        "nop nop_pruner no_pruner fifo fifo_scheduler false no off null disabled never": "none",
        "true yes on": "asha",
    },
    "data": {
        "fashion fashion_mnist_784 fmnist zalando": "fashion_mnist",
        "cifar": "cifar10",
        "mnist_784 mnist_784_1 digits_mnist mnist_dataset torchvision_mnist": "mnist",
        "svhn kmnist emnist qmnist usps stl10 imagenet tiny_imagenet "
        "imagenette caltech101 "
        "oxford_pets food101 eurosat celeba":
            "this version does not bring it: save its arrays x_train, y_train, x_test, y_test "
            "(uint8) in an .npz file, and write data: {path: FILE.npz}",
    },
    "scale": {
        "standardize standardise standardization standard_scaler zscore mean_std "
        "featurewise featurewise_center true yes on": "standard",
        "rescale min_max 0_1 255 1_255 none null false no off": "unit",
        "tf imagenet torch caffe per_image samplewise robust":
            "this version has no scale {word}; the nearest is scale: standard, with the mean and "
            "the standard deviation of the training images",
    },
    "class_weight": {
        "auto true yes on inverse inverse_frequency balanced_subsample": "balanced",
        "none null false no off uniform equal":
            "leave it out: without it every image counts alike",
    },
    "metric": {
        "val_acc accuracy_val acc_val valid_acc valid_accuracy validation_accuracy validation_acc "
        "eval_accuracy "
        "eval_acc val_categorical_accuracy val_sparse_categorical_accuracy val_error error error_rate valid_error":
            "val_accuracy",
        "valid_loss validation_loss loss_val eval_loss val_cross_entropy val_ce": "val_loss",
        "test_acc test_accuracy test_error": "val_accuracy",
        "test_loss": "val_loss",
        "acc train_acc train_accuracy training_accuracy": "accuracy",
        "train_loss training_loss": "loss",
        "f1 f1_score val_f1 val_f1_score macro_f1 f1_macro macro_f1_score val_f1_macro f_score "
        "f_measure test_f1 test_macro_f1":
            "val_macro_f1",
        "balanced_accuracy val_balanced_acc balanced_acc balanced_accuracy_score macro_recall "
        "uar mean_per_class_accuracy mean_class_accuracy test_balanced_accuracy recall val_recall recall_macro":
            "val_balanced_accuracy",
        "micro_f1 f1_micro": "val_accuracy",
        "auc val_auc roc_auc precision val_precision top5 top_5_accuracy top_k mcc kappa "
        "weighted_f1 f1_weighted":
            "this version has none of it; the nearest are val_balanced_accuracy and val_macro_f1, "
            "and sweep inspect NAME has precision and recall of each class",
        "mse mae rmse r2": "this version classifies images: write {maximize: val_accuracy}, or {minimize: val_loss}",
        "time seconds duration latency flops params parameters size":
            "this version has no objective but accuracy, F1 and loss; the table has parameters and "
            "seconds of each trial",
    },
    "of": {
        "final latest end": "last",
        "max min maximum minimum highest lowest peak restore_best_weights save_best_only": "best",
        "mean average median": "this version has no {word} over evaluations; it takes last or best",
    },
    "optimizer": {
        "gd gradient_descent gradient_descent_optimizer vanilla": "sgd",
        "sgd_momentum sgdm momentum_optimizer sgd_with_momentum heavy_ball": "momentum",
        "nag nesterov_momentum sgd_nesterov nesterov_sgd": "nesterov",
        "adam_optimizer amsgrad": "adam",
        "adam_w decoupled_adam": "adamw",
        "rms rms_prop rmsprop_optimizer": "rmsprop",
        "ada_grad": "adagrad",
        "ada_delta": "adadelta",
        "ada_max": "adamax",
        "n_adam nesterov_adam": "nadam",
        "adafactor rprop":
            "this version has no {word}; the nearest is rmsprop, which adapts the step of each "
            "weight, too",
        "radam lamb lars adabelief ranger sophia muon adan":
            "this version has no {word}; the nearest is adam, or adamw",
        "lbfgs newton sag saga":
            "this version has no {word}, which needs all images at once; the nearest is adam",
    },
    "activation": {
        "none null identity no false": "linear",
        "lrelu leaky": "leaky_relu",
        "prelu": "this version has no {word}; the nearest is leaky_relu",
        "softmax log_softmax": "this version has no {word} inside: the network ends in logits; the nearest is relu",
        "maxout glu geglu swiglu crelu sin sine thresholded_relu":
            "this version has no {word}; the nearest is gelu or relu",
    },
    "pool": {
        "max_pool max_pooling max_pooling_2d maxpool2d true yes on": "max",
        "avg mean avg_pool average_pool average_pooling average_pooling_2d avgpool2d": "average",
        "global gap global_average global_avg global_average_pooling_2d global_max adaptive":
            "leave pool as it is, and write global_pool: average or max, which replaces flattening",
        "false no off null stride strided": "none",
        "min stochastic lp": "this version has no {word} pooling; the nearest is max",
    },
    "padding": {
        "zero zeros half": "same",
        "0 none null false no": "valid",
        "full causal reflect symmetric circular replicate": "this version has no padding {word}; the nearest is same",
        "true yes on 1 2 3 4": "write padding: same, which pads as much as the kernel needs",
    },
    "precision": {
        "bf16 mixed_bfloat16 bf16_mixed bf16_true": "bfloat16",
        "fp32 32 32_true full single tf32 false none null no": "float32",
        "float16 fp16 half mixed_float16 16 16_mixed mixed amp true int8 float8":
            "this version has no {word}; the nearest is bfloat16 where the processor multiplies "
            "it, else float32",
        "float64 fp64 double 64": "this version has no {word}; the nearest is float32",
    },
    "schedule": {
        "none null false no fixed": "constant",
        "cosine_decay cosine_annealing cosine_annealing_lr cos": "cosine",
        "exponential_decay exponential_lr exp": "exponential",
        "step step_lr multi_step multi_step_lr piecewise piecewise_constant reduce_on_plateau "
        "reduce_lr_on_plateau plateau inverse_time inverse_sqrt":
            "this version has no schedule {word}; the nearest is exponential (to 1 % over the "
            "trial's steps)",
        "linear polynomial poly one_cycle one_cycle_lr cyclic cyclic_lr warmup cosine_with_warmup "
        "linear_warmup "
        "cosine_decay_restarts warm_restarts cosine_annealing_warm_restarts noam":
            "this version has no schedule {word}; the nearest is cosine (to 0 over the trial's "
            "steps)",
        "true yes on": "write schedule: cosine, exponential or constant",
    },
    "batch_norm": {"yes on 1": "true", "no off none null 0": "false"},
    "filters": {"none null false": "write filters: [] for no convolutions"},
    "dense": {"none null false": "write dense: [] for no hidden dense layers"},
    "dropout": {"none null false no": "0"},
    "momentum": {
        "none null false no": "0",
        "true nesterov": "write optimizer: momentum or nesterov, and momentum: 0.9",
    },
    "weight_decay": {"none null false no": "0"},
    "number": {
        "uniform float range double suggest_float suggest_uniform quniform_float real hp_uniform "
        "q_uniform "
        "discrete_uniform": "write {low: .., high: ..}, and step: .. for steps",
        "int int_uniform randint randrange suggest_int lograndint qrandint quniformint integer hp_int":
            "write {low: .., high: ..}: whole numbers on both sides make it a whole number",
        "log_uniform qloguniform log_uniform_values inv_log_uniform reverse_log_uniform "
        "suggest_loguniform "
        "log log_scale logspace lognormal": "write {low: .., high: .., log: true}",
        "normal gauss randn truncated_normal qnormal hp_normal":
            f"this version has no normal distribution; {EVERY_RANGE}",
        "choice categorical suggest_categorical grid_search discrete ordinal constant sample_from hp_choice":
            "write {choices: [..]}",
        "linspace arange": "write {low: .., high: .., step: ..}, or {choices: [..]}",
        "auto default": "leave it out: sweep check shows what is held then",
    },
}  # fmt: skip

# Keys of an entry whose value is a distribution, as in distribution: log_uniform.
DISTRIBUTION_KEYS = ("distribution", "dist", "type", "sampling", "scale", "prior", "parametertype")
