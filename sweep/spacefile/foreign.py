"""What people write who come from another tool, and what to do here in its place.

Nothing but tables, by the place where a word stands. The words of a row are separated by spaces;
capitals, `_` and `-` make no difference. A row that is a single word is the name of the same thing
here; any other row is the whole hint. A word that is known here gets its row and never the name
that looks most like it.
"""

from collections.abc import Mapping

Rows = Mapping[str, str]

_NO_EPOCH_END = (
    "this version has none; the nearest is pruner: asha, which ends trials that fall behind"
)
_MISSING_LAYER = "networks are plain stacks of convolutions, pools and dense layers"
_READ_FROM_DATA = "leave it out: it is read from the images"
_EVERY_OBJECTIVE = "write objective: {maximize: val_accuracy}, or {minimize: val_loss}"
_EVERY_RANGE = "write {low: .., high: ..}, and log: true where it is to be even in the logarithm"
_NO_TIMEOUT = (
    "this version has no time limit: stop the sweep with Ctrl-C, and the same command goes on later"
)
_AUGMENT = (
    "this version has no augmentation, nor anything near it: images are trained on as they are"
)
_RESIZE = (
    "this version does not resize images: all must have one size already; it is read from them"
)
_RUNGS = "leave it out: asha compares trials at the evaluations of search: {evaluations: 5}"
_FIXED_BETAS = "this version has none to set: Keras' default holds"
_NO_L2 = "this version has no L1 or L2 penalty; the nearest is weight_decay, which is decoupled from the gradient"
_SCHEDULE = (
    "the nearest is schedule: cosine (to 0) or exponential (to 1 %), over the steps of the trial"
)
_DEPTH = "the number of entries is the depth: filters: [32, 64] are two convolutions, dense: [128] is one dense layer"
_DENSE = "it is called dense here, a list with one entry per layer: dense: [128]"
_FILTERS = "it is called filters here, a list with one entry per convolution: filters: [32, 64]"
_REPEATS = (
    "the nearest is repeats: 3, three trainings of each configuration, each with a seed of its own"
)
_GPU = "leave it out: GPUs are found by themselves; CUDA_VISIBLE_DEVICES chooses, --workers is how many trials at once"

# Keys, by the section in which they stand. "top" is the file itself, "entry" the {low: .., high:
# ..} of a hyperparameter, "sampler" and "pruner" their options. A baseline has the keys of the
# space.
KEYS: Mapping[str, Rows] = {
    "top": {
        "parameters params hyperparameters hparams hyperparameter search_space param_space "
        "parameter_space "
        "param_grid param_distributions grid": "space",
        "metric metrics monitor goal direction mode objectives optimize objective_metric":
            _EVERY_OBJECTIVE,
        "tuner algo algorithm strategy searcher method search_algorithm": "sampler",
        "config configuration hyperparams": "the hyperparameters to vary stand in space: {..}",
        "study experiment sweep study_name experiment_name project project_name title": "write name: ..",
        "dataset datasets training_data": "data",
        "baseline defaults default initial_points points_to_evaluate reference":
            "write baselines: {NAME: {..}}: configurations that run first",
        "program command entity entrypoint trial_command trial_code_directory description notes "
        "version "
        "api_version kind metadata spec trial_template controller environment imports train_fn script":
            "leave it out: sweep trains by itself, and a file has name, data, space, search, "
            "objective, baselines",
        "model architecture network training train fit compile":
            "write its hyperparameters directly below space, as in space: {filters: [32, 64], "
            "optimizer: adam}",
        "seed random_seed random_state": "write search: {seed: ..}",
        "constraint constraints": "this version has no constraints: it tries every network that can be built",
    },
    "search": {
        "n_trials max_trials num_samples num_trials count run_cap max_evals n_iter iterations "
        "max_iterations "
        "budget max_trial_number max_trial_count trial_num n_calls max_runs runs samples n_samples": "trials",
        "method algorithm algo strategy tuner searcher search_alg search_algorithm type kind": "sampler",
        "optimizer": "the search has a sampler: write sampler: tpe; the optimizer of the networks "
                     "stands in space",
        "scheduler early_terminate early_termination assessor stopper pruning early_stopping early_stop":
            "it is called pruner here: asha ends trials that fall behind, none lets all run to "
            "their end",
        "executions_per_trial n_repeats num_repeats replicates replications trials_per_config "
        "repetitions n_seeds "
        "num_seeds repeat": "repeats",
        "seeds": "write repeats: 3 for three trainings of each configuration; seed: .. is what all "
                 "seeds derive from",
        "cv fold folds k_fold k_folds n_splits cross_validation":
            f"this version has no cross-validation; {_REPEATS}",
        "n_jobs jobs max_concurrent max_concurrent_trials parallelism parallel "
        "parallel_trial_count concurrency "
        "trial_concurrency num_workers workers n_workers processes":
            "it is an option of the command: sweep run FILE --workers 4",
        "timeout max_time time_limit time_budget time_budget_s max_duration "
        "max_experiment_duration "
        "max_wall_time duration": _NO_TIMEOUT,
        "metric metrics monitor goal direction mode objective_metric": _EVERY_OBJECTIVE,
        "random_seed random_state rng": "seed",
        "gpu gpus n_gpus resources resources_per_trial gpus_per_trial slots_per_trial device accelerator": _GPU,
        "cpu cpus cpus_per_trial n_threads num_threads intra_op": "threads",
        "max_failed max_failed_trial_count max_consecutive_failed_trials max_retries max_restarts max_failures":
            "leave it out: a trial that fails is recorded with its cause, and the sweep goes on",
        "overwrite resume load_if_exists":
            "leave it out: the same command goes on where it stopped; remove results/NAME to begin "
            "anew",
        "storage directory project_dir log_dir output_dir local_dir":
            "it is an option of the command: sweep run FILE --results DIR; the ledger is "
            "NAME/sweep.db in it",
        "initial_points points_to_evaluate enqueue enqueue_trial":
            "write them as baselines, below the search: baselines: {NAME: {..}} run first",
        "n_startup_trials num_initial_points n_initial_points n_initial warmup_trials":
            "write sampler: {name: tpe, n_startup_trials: 10}",
        "values resolution grid_points": "write sampler: {name: grid, values: 5}",
        "checkpoints save_best keep_best keep_checkpoints num_to_keep checkpoint": "keep",
        "eval_interval evaluation_interval eval_steps eval_every validation_steps val_interval eval_freq":
            "the nearest is evaluations: 5, how often the longest trial is evaluated",
        "patience": f"patience: {_NO_EPOCH_END}",
        "stop stopping stop_condition": f"stop: {_NO_EPOCH_END}",
        "reduction_factor eta": "write pruner: {name: asha, reduction_factor: 2}",
        "grace_period min_resource max_resource min_budget max_budget max_t brackets": _RUNGS,
        "constraint constraints": "this version has no constraints: it tries every network that can be built",
        "verbose callbacks": "leave it out: the command shows the trials as they end",
        "confirm": f"this version has no confirm; {_REPEATS}",
    },
    "space": {
        "lr eta initial_learning_rate init_lr lr_init base_lr max_lr starting_lr learn_rate alpha": "learning_rate",
        "optim opt solver optimiser_name optimizer_type": "optimizer",
        "activation_function activation_fn act nonlinearity act_fn": "activation",
        "units hidden hidden_units n_units num_units neurons n_neurons dense_units fc fc_units "
        "fc_size hidden_size "
        "hidden_dim hidden_layer_sizes layer_sizes num_neurons dense_size dense_1 linear fully_connected": _DENSE,
        "hidden_layers dense_layers n_hidden n_dense num_dense_layers num_layers n_layers layers "
        "depth "
        "num_conv_layers n_conv conv_layers num_blocks conv_blocks blocks": _DEPTH,
        "filter channels num_filters n_filters out_channels conv_filters conv conv_1 filters_1 "
        "width "
        "num_channels nb_filters convs conv2d": _FILTERS,
        "convolutions": f"this version has no convolutions; {_FILTERS}",
        "kernel kernels kernel_sizes filter_size ksize k kernel_shape kernel_width conv_kernel": "kernel_size",
        "stride step_width": "strides",
        "bn batch_normalization batch_normalisation use_batchnorm use_bn batchnorm2d":
            "it is called batch_norm here, true or false",
        "normalization norm layer_norm group_norm instance_norm":
            "this version has no other normalisation; the nearest is batch_norm: true",
        "drop drop_rate dropout_rate dropout_prob dropout_p rate p_drop dropout_1": "dropout",
        "keep_prob keep_rate": "it is dropout here, the share that is dropped: 1 minus the share that is kept",
        "conv_dropout dropout_conv spatial_dropout dropout_2d spatial_dropout_2d drop_connect":
            "this version has no dropout between convolutions; the nearest is dropout, of the "
            "dense layers",
        "pooling pool_type pooling_type": "it is called pool here: max, average or none",
        "max_pool max_pooling max_pooling_2d maxpool2d": "write pool: max",
        "avg_pool average_pooling avgpool2d": "write pool: average",
        "pool_kernel pooling_size pool_stride pool_strides": "it is called pool_size here, window and stride in one",
        "global_pool global_pooling global_average_pooling global_average_pooling_2d gap adaptive_pool global_avg_pool":
            "this version has no global pooling: the last convolution is flattened; the nearest is "
            "pool: average with a larger pool_size",
        "l2 l1 l1_l2 kernel_regularizer regularizer regularization regularisation reg l2_reg "
        "weight_reg lambda "
        "bias_regularizer activity_regularizer l2_regularization weight_penalty": _NO_L2,
        "kernel_initializer initializer init weight_init weights_init initialization "
        "bias_initializer "
        "kernel_init":
            "this version has no choice of initial weights: they are Keras' default, Glorot "
            "uniform",
        "bias use_bias": "this version has no switch for biases: every convolution and dense layer has them",
        "decay lr_decay learning_rate_decay decay_rate decay_steps":
            f"this version has no decay of that name; of the learning rate {_SCHEDULE}; of the "
            "weights, weight_decay",
        "wd weight_decay_rate l2_decay": "weight_decay",
        "scheduler lr_scheduler lr_schedule learning_rate_schedule learning_rate_scheduler sched":
            "it is called schedule here: constant, cosine or exponential",
        "gamma step_size lr_gamma milestones reduce_lr factor lr_patience": f"this version has none; {_SCHEDULE}",
        "warmup warmup_steps warmup_ratio warmup_epochs":
            "this version has no warm-up; the nearest is a smaller learning_rate with schedule: "
            "cosine",
        "beta_1 beta_2 betas epsilon eps rho amsgrad centered": _FIXED_BETAS,
        "nesterov": "write optimizer: nesterov",
        "mom sgd_momentum beta": "momentum",
        "ema ema_momentum use_ema swa": "this version has no averaged weights",
        "clipnorm clipvalue global_clipnorm grad_clip gradient_clip gradient_clipping max_grad_norm clip":
            "this version has no gradient clipping; the nearest is a smaller learning_rate",
        "label_smoothing smoothing": "this version has no label smoothing; the nearest is dropout or weight_decay",
        "loss loss_function loss_fn criterion": "leave it out: the loss is always the cross-entropy of the classes",
        "class_weight class_weights sample_weight": "this version has no weights of classes: every image counts alike",
        "metrics metric": "leave it out: accuracy and loss are always recorded; objective names what is judged by",
        "shuffle": "leave it out: training images are shuffled anew in each pass",
        "callbacks callback": "this version has no callbacks: pruner, schedule and evaluations are what there is",
        "early_stopping early_stop": f"early stopping: {_NO_EPOCH_END} (in search)",
        "patience": f"patience: {_NO_EPOCH_END} (in search)",
        "stop": f"stop: {_NO_EPOCH_END} (in search)",
        "augmentation augment data_augmentation aug random_flip horizontal_flip flip "
        "random_rotation rotation rotation_range zoom zoom_range shift_range random_crop mixup "
        "cutmix cutout randaugment autoaugment brightness "
        "noise": _AUGMENT,
        "crop size image_size img_size resize target_size resolution img_height img_width": _RESIZE,
        "scale rescale rescaling": "leave it out: images are scaled to 0..1 by themselves",
        "input_shape num_classes n_classes classes output_dim n_outputs in_channels input_size output_size":
            _READ_FROM_DATA,
        "residual skip skip_connection skip_connections residual_connections resnet":
            f"this version has no residual connections: {_MISSING_LAYER}",
        "separable depthwise depthwise_separable separable_conv use_separable":
            f"this version has no separable convolutions: {_MISSING_LAYER}",
        "dilation dilation_rate groups": f"this version has no dilated or grouped convolutions: {_MISSING_LAYER}",
        "attention num_heads heads embedding_dim embed_dim lstm rnn":
            f"this version has no attention or recurrence: {_MISSING_LAYER}",
        "model model_type architecture network backbone pretrained":
            f"this version has no choice of model: {_MISSING_LAYER}, given by filters, pool, dense "
            "and so on",
        "output_activation final_activation": "leave it out: the network ends in one logit a class, with softmax",
        "dtype mixed_precision amp fp16 bf16 half float_precision":
            "it is called precision here: float32, or bfloat16 where the processor multiplies it",
        "max_steps num_steps n_steps total_steps train_steps training_steps iterations iters "
        "max_iter n_iterations "
        "num_iterations step n_updates": "steps",
        "steps_per_epoch validation_steps":
            "this version has no epochs; steps are those of the whole trial, search: {evaluations: "
            "5} how often it is evaluated",
        "batch bs mini_batch mini_batch_size train_batch_size "
        "per_device_train_batch_size": "batch_size",
        "validation_split val_split validation_size test_size": "write data: {name: mnist, validation: 0.1}",
        "random_state random_seed": "write search: {seed: ..}",
        "constraint constraints": "this version has no constraints: it tries every network that can be built",
        "else of": "this version has neither else nor of; write when: {optimizer: momentum} for where it exists",
        "pool_padding": "this version has no padding of pools: an incomplete window is left out",
        "trainable freeze ensemble": "this version has none: each trial trains one network from its beginning",
    },
    "entry": {
        "min min_value minval lower lower_bound from_ start minimum lb": "low",
        "max max_value maxval upper upper_bound to end stop maximum ub": "high, which is included",
        "values vals value_list options categories list choice candidates items enum set sequence "
        "grid "
        "grid_search one_of": "choices",
        "q quantum quant increment step_size interval": "step",
        "log_scale log_base log_uniform logarithmic is_log": "write log: true",
        "sampling distribution dist type prior scale space kind parameter_type":
            f"leave it out: {_EVERY_RANGE}, or {{choices: [..]}}",
        "_value": f"a range: {_EVERY_RANGE}; a choice: write {{choices: [..]}}",
        "base": "leave it out: write log: true; the base of the logarithm makes no difference",
        "default init initial initial_value":
            "a starting value is a baseline: write baselines: {NAME: {..}} below the space",
        "mu mean sigma std sd loc alpha beta": f"this version has no normal distribution; {_EVERY_RANGE}",
        "condition conditions conditional conditional_on depends_on if only_if active_if parent "
        "parent_name "
        "parent_values": "it is called when here: when: {optimizer: [momentum, nesterov]}",
        "else": "this version has no else: what does not exist has its default",
        "of": "this version has no of: write the values out, as in {choices: [[32], [32, 64]]}",
        "feasible_space": f"leave it out, and {_EVERY_RANGE}",
        "probabilities probability weights p": "leave it out: choices are equally likely until the sampler learns",
        "num n num_values points resolution linspace logspace count n_values":
            "a grid takes it for all: write search: {sampler: {name: grid, values: 5}}",
        "ordered name desc description unit help dtype": "leave it out",
    },
    "sampler": {
        "type method algorithm kind class": "name",
        "num_initial_points n_initial_points n_initial startup_trials n_startup initial_points "
        "n_startup_jobs "
        "num_initial random_trials": "n_startup_trials",
        "n_ei n_candidates n_ei_candidate num_candidates": "n_ei_candidates",
        "seed random_state rng": "write it beside the sampler: search: {seed: ..}",
        "multivariate group constant_liar consider_prior":
            "leave it out: tpe is multivariate here, by groups of parameters, and counts running "
            "trials",
        "gamma prior_weight alpha beta kappa xi acq_func acquisition weights": "leave it out: this version sets none",
        "points grid_points num n resolution n_values search_space": "values",
        "max_trials num_samples n_trials": "write it beside the sampler: search: {trials: ..}",
        "metric mode goal direction": _EVERY_OBJECTIVE,
        "max_concurrent": "it is an option of the command: sweep run FILE --workers 4",
    },
    "pruner": {
        "type method kind class": "name",
        "eta factor": "reduction_factor",
        "min_resource max_resource grace_period max_t min_iter max_iter s brackets n_brackets "
        "min_t "
        "min_early_stopping_rate time_attr bootstrap_count": _RUNGS,
        "n_startup_trials n_warmup_steps interval_steps n_min_trials percentile patience min_delta":
            "leave it out: it is an option of pruners that this version has not; asha takes name, "
            "reduction_factor",
        "metric mode goal direction": _EVERY_OBJECTIVE,
    },
    "data": {
        "dir directory folder file filename filepath root data_dir source url location train_dir "
        "image_dir "
        "data_path dataset_path dataset_dir": "path",
        "dataset dataset_name": "name",
        "validation_split val val_split valid valid_size validation_size val_size valid_split "
        "validation_share "
        "validation_fraction": "validation",
        "test_split test_size holdout test_fraction": "test",
        "train train_size train_split train_fraction train_share":
            "leave it out: training has the images that validation and test leave",
        "validation_dir val_dir test_dir train_path val_path test_path":
            "write the one path of all: a folder with train/, val/ and test/ in it, or an .npz "
            "file",
        "image_size img_size size resize crop target_size image_shape": _RESIZE,
        "input_shape num_classes n_classes classes class_names label_mode channels color_mode grayscale":
            _READ_FROM_DATA,
        "scale rescale normalize normalise normalization standardize mean std preprocessing":
            "leave it out: images are scaled to 0..1 by themselves",
        "augmentation augment data_augmentation transform transforms": _AUGMENT,
        "shuffle": "leave it out: training images are shuffled anew in each pass",
        "random_state random_seed shuffle_seed": "seed",
        "stratified": "stratify",
        "fold folds cv k_fold": f"this version has no cross-validation; {_REPEATS} (in search)",
        "num_workers cache prefetch pin_memory download format": "leave it out: images are read once, into memory",
        "limit max_samples subset num_samples n_samples":
            "this version reads all images; fewer train where validation or test is larger",
    },
    "objective": {
        "name metric monitor objective_metric_name metric_name value": "write {maximize: val_accuracy}",
        "goal direction mode type objective kind": "write {maximize: val_accuracy}, or {minimize: val_loss}",
        "max": "maximize",
        "min": "minimize",
        "target threshold goal_value": "this version has no target value: a sweep runs to its trials",
    },
}  # fmt: skip

# Parts of a name that gives one layer its own, as in conv_1_units or n_units_l0, and the word of
# the space for all layers. The first row with a part of the name counts.
LAYERED: Rows = {
    "dropout drop": "it is called dropout here, one share for all hidden dense layers",
    "kernel ksize": "it is called kernel_size here, one for all convolutions, or a list with one entry per convolution",
    "stride strides": "it is called strides here, one for all convolutions, or a list with one entry per convolution",
    "activation act": "it is called activation here, one for all layers",
    "pool pooling": "it is called pool here, after every convolution, with one pool_size for all",
    "batchnorm bn norm": "it is called batch_norm here, for all convolutions",
    "conv convs cnn filter filters channel channels": _FILTERS,
    "dense fc unit units hidden linear neuron neurons mlp": _DENSE,
}

_NEAREST_TPE = "the nearest is sampler: tpe"
_NEAREST_ASHA = "the nearest is pruner: asha, which ends trials that fall behind"

# Values, by the key whose value they are. "number" are words where a number belongs.
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
        "bohb tune_bohb dehb mobster hyperband hyperband_tuner asha adaptive_asha async_halving successive_halving":
            "it is two things here: sampler: tpe (or random) and pruner: asha",
        "random_search random_sampler randomized randomized_search basic_variant "
        "basic_variant_generator uniform "
        "random_tuner randomsearchcv": "random",
        "qmc qmc_sampler sobol halton latin_hypercube lhs quasi_random":
            "this version has no quasi-random points; the nearest is sampler: random, or grid",
        "grid_search grid_sampler brute_force brute_force_sampler exhaustive full_factorial "
        "factorial cartesian "
        "product gridsearchcv": "grid",
        "cma_es cma_es_sampler cma": f"this version has no CMA-ES; {_NEAREST_TPE}",
        "nsga2 nsga_ii nsga_ii_sampler nsgaiii_sampler evolution evolutionary genetic ga "
        "regularized_evolution anneal annealing simulated_annealing pso de differential_evolution naive_evolution":
            f"this version has no evolutionary sampler; {_NEAREST_TPE}",
        "pbt pb2 population_based_training":
            f"this version has no population-based training; {_NEAREST_TPE} with pruner: asha",
        "oat ofat one_at_a_time ablation sensitivity morris": "one-at-a-time",
        "partial_fixed partial_fixed_sampler": "this version has none: a constant in space is held",
        "sequential fixed batch single custom list":
            "this version tries given configurations as baselines: write baselines: {NAME: {..}}",
        "none null false": "write sampler: random for no learning, or leave it out for tpe",
    },
    "pruner": {
        "median median_pruner median_stopping median_stopping_rule median_stop percentile "
        "percentile_pruner": f"this version has no median or percentile rule; {_NEAREST_ASHA}",
        "hyperband hyperband_pruner hyperband_scheduler hb bohb hb_for_bohb":
            f"this version has no brackets of hyperband; {_NEAREST_ASHA}",
        "successive_halving successive_halving_pruner sha sh asha_scheduler async_hyperband "
        "async_hyperband_scheduler "
        "async_halving adaptive_asha asha_pruner asynchronous_successive_halving": "asha",
        "early_stopping early_terminate early_stop envelope bandit truncation_selection "
        "curve_fitting "
        "default": f"this version has only asha and none; {_NEAREST_ASHA}",
        "patient patient_pruner threshold threshold_pruner wilcoxon wilcoxon_pruner plateau trial_plateau":
            f"this version has no rule of patience or thresholds; {_NEAREST_ASHA}",
        "pbt pb2 population_based_training": f"this version has no population-based training; {_NEAREST_ASHA}",
        "nop nop_pruner no_pruner fifo fifo_scheduler false no off null disabled never": "none",
        "true yes on": "asha",
    },
    "data": {
        "fashion fashion_mnist_784 fmnist zalando": "fashion_mnist",
        "mnist_784 mnist_784_1 digits_mnist mnist_dataset torchvision_mnist": "mnist",
        "cifar cifar10 cifar100 svhn kmnist emnist qmnist usps stl10 imagenet tiny_imagenet "
        "imagenette caltech101 "
        "oxford_pets food101 eurosat celeba":
            "this version does not bring it: save its arrays x_train, y_train, x_test, y_test "
            "(uint8) in an .npz file, and write data: {path: FILE.npz}",
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
        "f1 f1_score val_f1 macro_f1 auc val_auc roc_auc precision val_precision recall val_recall "
        "top5 top_5_accuracy "
        "top_k mcc kappa balanced_accuracy":
            "this version is judged by val_accuracy or val_loss; sweep inspect NAME has precision "
            "and recall",
        "mse mae rmse r2": "this version classifies images: write {maximize: val_accuracy}, or {minimize: val_loss}",
        "time seconds duration latency flops params parameters size":
            "this version has no objective but accuracy and loss; the table has parameters and "
            "seconds of each trial",
    },
    "optimizer": {
        "gd gradient_descent gradient_descent_optimizer vanilla": "sgd",
        "sgd_momentum sgdm momentum_optimizer sgd_with_momentum heavy_ball": "momentum",
        "nag nesterov_momentum sgd_nesterov nesterov_sgd": "nesterov",
        "adam_optimizer amsgrad": "adam",
        "adam_w decoupled_adam": "adamw",
        "rms rms_prop rmsprop_optimizer": "rmsprop",
        "adagrad adadelta ftrl adafactor rprop":
            "this version has no {word}; the nearest is rmsprop, which adapts the step of each "
            "weight, too",
        "adamax nadam radam lion lamb lars adabelief ranger sophia muon adan":
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
            "this version has no global pooling; the nearest is average, with a larger pool_size",
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
            f"this version has no normal distribution; {_EVERY_RANGE}",
        "choice categorical suggest_categorical grid_search discrete ordinal constant sample_from hp_choice":
            "write {choices: [..]}",
        "linspace arange": "write {low: .., high: .., step: ..}, or {choices: [..]}",
        "auto default": "leave it out: sweep check shows what is held then",
    },
}  # fmt: skip

# Keys of an entry whose value is a distribution, as in distribution: log_uniform.
DISTRIBUTION_KEYS = ("distribution", "dist", "type", "sampling", "scale", "prior", "parametertype")

_SAYS = "leave it out: trials are named as they end; sweep show NAME --trial N has the learning curve of one"

# Options, without their dashes; `{given}` is replaced by what the option was given, if it is one
# plain word.
FLAGS: Rows = {
    "trials n_trials max_trials num_trials num_samples count n t": "write search: {trials: {given}} in the space file",
    "seed random_seed random_state": "write search: {seed: {given}} in the space file",
    "repeats executions_per_trial": "write search: {repeats: {given}} in the space file",
    "sampler method algorithm algo tuner strategy searcher": "write search: {sampler: {given}} in the space file",
    "pruner scheduler early_stopping": "write search: {pruner: {given}} in the space file",
    "timeout time_limit max_time time_budget max_duration":
        "this version has no timeout: stop it with Ctrl-C, and the same command goes on; "
        "`timeout -s INT 1h sweep run FILE` stops it after an hour",
    "name study study_name experiment experiment_name project sweep_id id": "write name: {given} in the space file",
    "gpus gpu num_gpus n_gpus device devices cuda accelerator cpu no_gpu":
        "choose devices by CUDA_VISIBLE_DEVICES=0 (-1 for none) before the command; --workers is "
        "how many trials at once, --trials-per-gpu how many share a GPU",
    "n_jobs jobs j parallel parallelism concurrency max_concurrent num_workers n_workers processes w":
        "write --workers {given}",
    "output output_dir out out_dir o log_dir save_dir dir directory results_dir storage":
        "write --results {given}",
    "config config_file c file f space space_file yaml": "give the file without an option: sweep run FILE",
    "resume continue restart load_if_exists r": "leave it out: the same command goes on where it stopped",
    "force overwrite fresh reset clean":
        "this version overwrites nothing: remove the sweep with rm -r results/NAME, or write "
        "another name in the file",
    "dry_run dry validate no_run plan": "write sweep check FILE: it trains nothing",
    "verbose v vv log_level progress": _SAYS,
    "quiet q silent no_progress":
        "leave it out: progress goes to standard error, so 2> /dev/null silences it; --json prints "
        "one document",
    "tracking mlflow mlflow_uri mlflow_tracking_uri uri": "write --tracking-uri {given}",
    "data dataset data_dir data_path": "write data: {path: {given}}, or data: mnist, in the space file",
    "metric objective direction goal monitor": "write objective: {maximize: val_accuracy} in the space file",
    "gpu_memory memory": "this version has no limit of memory; fewer --workers need less",
    "csv md markdown parquet": "write sweep export NAME --format csv (or json, md, parquet)",
    "all limit head rows k": "write --top {given}",
    "host bind address": "the MLflow UI listens on this machine alone; --port chooses its port",
    "lr": "no option changes how a trial is trained: write space: {learning_rate: {given}} in the "
          "space file",
    "stop": "press Ctrl-C where it runs: the same command goes on later",
    "wandb tensorboard": "this version records in MLflow: sweep ui NAME opens it",
}  # fmt: skip

# Commands; `NAME` is replaced by the first argument after them, if it is one plain word.
COMMANDS: Rows = {
    "delete remove rm del clean clear purge prune drop":
        "this version has no delete: delete its runs in sweep ui NAME, then remove the sweep by rm "
        "-r results/NAME",
    "compare diff":
        "this version has no compare: sweep list has the best of each sweep, sweep show NAME the "
        "trials of one",
    "resume continue restart": "write sweep run FILE: it goes on where it stopped",
    "start train sweep execute launch search optimize tune fit exec": "write sweep run FILE",
    "stop kill cancel pause abort":
        "press Ctrl-C where it runs, or end its process by kill PID: the same sweep run goes on "
        "later",
    "status ps state progress info describe studies trials": "write sweep show NAME; sweep list names all of them",
    "best best_trial best_params top leaderboard summary results result": "write sweep show NAME",
    "ls sweeps": "write sweep list",
    "agent worker controller join":
        "this version has no agents: sweep run FILE starts its own workers, as many as --workers",
    "init create new create_study template example":
        "this version has no init: copy search_spaces/lenet.yaml, then sweep check FILE",
    "version": "write sweep --version",
    "validate lint verify dry_run plan estimate time": "write sweep check FILE; --time estimates how long it takes",
    "dashboard mlflow serve web server tensorboard": "write sweep ui NAME",
    "plot visualize visualise figures html": "write sweep report NAME",
    "csv table save dump download": "write sweep export NAME -o table.csv",
    "infer classify": "write sweep predict NAME IMAGE",
    "test eval evaluate":
        "this version has no {word}: no command looks at the test images; sweep inspect NAME shows "
        "the validation",
    "rename mv": "this version has no rename: a sweep that has begun keeps its name",
    "confirm replay rerun repeat": "this version has no {word}; write repeats in the search of a new space file",
    "sync repair watch": "this version has no {word}: sweep run FILE writes what is missing; sweep show NAME shows it",
    "trial confusion": "write sweep show NAME --trial N, or sweep inspect NAME N",
    "data dataset": "write sweep check FILE: it shows the data of a space file",
    "config": "there is no configuration but the space file; sweep schema prints what it takes",
}  # fmt: skip


def plain_word(word: str) -> str:
    """A word without its capitals and without what stands between its parts."""
    return "".join(letter for letter in word.lower() if letter.isalnum())


def row_of(rows: Rows, word: str) -> str | None:
    """What the table has for a word, or for the last part of a dotted one, if it knows it."""
    for wanted in dict.fromkeys((plain_word(word), plain_word(word.rpartition(".")[2]))):
        for words, hint in rows.items():
            if wanted and wanted in map(plain_word, words.split()):
                return hint
    return None
