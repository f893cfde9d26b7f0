"""Keys of other tools, by the section in which people write them.

Tested in tests/spacefile/test_foreign.py.
"""

from collections.abc import Mapping

from sweep.spacefile.words import EVERY_RANGE, Rows

_NO_STOP = (
    "this version has none; the nearest is pruner: asha, which ends trials that fall behind, or "
    "patience: 3, which ends those that no longer improve"
)
_OF_BEST = (
    "write objective: {maximize: val_accuracy, of: best}: the numbers and the weights of a trial are "
    "then those of its best evaluation"
)
_NO_DELTA = "leave it out: every better value counts, however little; write search: {patience: 3}"
_MISSING_LAYER = "networks are plain stacks of convolutions, pools and dense layers"
_READ_FROM_DATA = "leave it out: it is read from the images"
_EVERY_OBJECTIVE = "write objective: {maximize: val_accuracy}, or {minimize: val_loss}"
_NO_TIMEOUT = (
    "this version has no time limit: stop the sweep with Ctrl-C, and the same command goes on later"
)
_AUGMENT = (
    "write what training images go through as hyperparameters: space: {flip: horizontal, shift: "
    "0.1, rotate: 10, zoom: 0.1, brightness: 0.1}"
)
_NO_MIXING = (
    "this version mixes and covers no images; it has flip, shift, rotate, zoom and brightness"
)
_RESIZE = "the size of images belongs to the data: write data: {path: .., size: [64, 64]}"
_SCALE = (
    "write data: {scale: standard} for the mean and the standard deviation of the training images; "
    "scale: unit, the default, divides pixels by 255"
)
_RUNGS = "leave it out: asha compares trials at the evaluations of search: {evaluations: 5}"
_FIXED_BETAS = "this version has none to set: Keras' default holds"
_NO_L1 = "this version has no penalty but l2, on the kernels; write l2: 1e-4"
_SCHEDULE = (
    "the nearest is schedule: cosine or exponential, which ends at the share decay of the learning "
    "rate"
)
_DEPTH = "the number of entries is the depth: filters: [32, 64] are two blocks, dense: [128] is one dense layer; as a hyperparameter it is written {layers: {low: 1, high: 3}, each: ..}"
_DENSE = "it is called dense here, a list with one entry per layer: dense: [128]"
_FILTERS = (
    "it is called filters here, a list with one entry per block of convolutions: filters: [32, 64]"
)
_REPEATS = (
    "the nearest is repeats: 3, three trainings of each configuration, each with a seed of its own"
)
_GPU = "leave it out: GPUs are found by themselves; CUDA_VISIBLE_DEVICES chooses, --workers is how many trials at once"

# Keys by section. "top" is the file itself, "entry" the {low: .., high: ..} of a hyperparameter,
# "sampler" and "pruner" are their options. A baseline has the keys of the space.
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
        "early_stopping early_stop early_stopper early_stopping_patience early_stopping_rounds": "patience",
        "constraint parameter_constraints linear_constraints constraint_list forbidden forbidden_clauses "
        "forbiddens clauses": "constraints",
        "outcome_constraints metric_constraints":
            "a constraint is checked before a trial is trained: it can name hyperparameters, parameters "
            "and flops, and no metric",
        "condition conditions conditional": "write when at a hyperparameter: {.., when: {optimizer: [momentum]}}",
    },
    "search": {
        "n_trials max_trials num_samples num_trials count run_cap max_evals n_iter iterations "
        "max_iterations "
        "budget max_trial_number max_trial_count trial_num n_calls max_runs runs samples n_samples": "trials",
        "method algorithm algo strategy tuner searcher search_alg search_algorithm type kind": "sampler",
        "optimizer": "the search has a sampler: write sampler: tpe; the optimizer of the networks "
                     "stands in space",
        "early_stopping early_stop early_stopper early_stopping_patience early_stopping_rounds "
        "n_iter_no_change no_improvement_rounds stale_evaluations":
            "patience, so many evaluations in a row that were no better end a trial; pruner: asha "
            "ends trials that fall behind others",
        "min_delta early_stopping_threshold early_stopping_min_delta early_stopping_delta": _NO_DELTA,
        "restore_best_weights restore_best load_best_model_at_end save_best_only save_best "
        "save_best_weights model_checkpoint checkpoint_best": _OF_BEST,
        "scheduler early_terminate early_termination assessor stopper pruning":
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
        "checkpoints keep_best keep_checkpoints num_to_keep checkpoint": "keep",
        "eval_interval evaluation_interval eval_steps eval_every validation_steps val_interval eval_freq":
            "the nearest is evaluations: 5, how often the longest trial is evaluated",
        "stop stopping stop_condition": f"stop: {_NO_STOP}",
        "reduction_factor eta": "write pruner: {name: asha, reduction_factor: 2}",
        "grace_period min_resource max_resource min_budget max_budget max_t brackets": _RUNGS,
        "constraint parameter_constraints forbidden forbidden_clauses forbiddens clauses": "constraints",
        "callbacks callback":
            "this version has no callbacks; in place of early stopping write patience: 3, and "
            "pruner: asha ends trials that fall behind",
        "verbose": "leave it out: the command shows the trials as they end",
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
        "num_convs n_convs convs_per_block n_convolutions conv_per_block layers_per_block": "convolutions",
        "kernel kernels kernel_sizes filter_size ksize k kernel_shape kernel_width conv_kernel": "kernel_size",
        "stride step_width": "strides",
        "bn batch_normalization batch_normalisation use_batchnorm use_bn batchnorm2d":
            "it is called batch_norm here, true or false",
        "dense_bn dense_batch_norm dense_batch_normalization fc_norm fc_bn": "dense_norm",
        "dense_act hidden_activation fc_activation dense_activation_function": "dense_activation",
        "normalization norm layer_norm group_norm instance_norm":
            "this version has no other normalisation; the nearest is batch_norm: true",
        "drop drop_rate dropout_rate dropout_prob dropout_p rate p_drop dropout_1": "dropout",
        "keep_prob keep_rate": "it is dropout here, the share that is dropped: 1 minus the share that is kept",
        "dropout_conv convolution_dropout cnn_dropout": "conv_dropout",
        "spatial_dropout dropout_2d spatial_dropout_2d drop_connect":
            "this version drops single numbers only; the nearest is conv_dropout, after each block",
        "pooling pool_type pooling_type": "it is called pool here: max, average or none",
        "max_pool max_pooling max_pooling_2d maxpool2d": "write pool: max",
        "avg_pool average_pooling avgpool2d": "write pool: average",
        "pool_kernel pooling_size pool_stride pool_strides": "it is called pool_size here, window and stride in one",
        "global_pooling global_average_pooling global_average_pooling_2d gap adaptive_pool global_avg_pool":
            "write global_pool: average",
        "global_max_pooling global_max_pooling_2d gmp global_max_pool": "write global_pool: max",
        "l2_reg l2_regularization l2_regularisation weight_penalty l2_penalty l2_rate l2_lambda": "l2",
        "l1 l1_l2 kernel_regularizer regularizer regularization regularisation reg weight_reg lambda "
        "bias_regularizer activity_regularizer": _NO_L1,
        "kernel_initializer initializer init weight_init weights_init initialization "
        "bias_initializer "
        "kernel_init":
            "this version has no choice of initial weights: they are Keras' default, Glorot "
            "uniform",
        "bias use_bias": "this version has no switch for biases: every convolution and dense layer has them",
        "lr_decay learning_rate_decay decay_rate decay_steps":
            f"of the learning rate, {_SCHEDULE}; of the weights, weight_decay",
        "wd weight_decay_rate l2_decay": "weight_decay",
        "scheduler lr_scheduler lr_schedule learning_rate_schedule learning_rate_scheduler sched":
            "it is called schedule here: constant, cosine or exponential",
        "gamma step_size lr_gamma milestones reduce_lr factor lr_patience": f"this version has none; {_SCHEDULE}",
        "warmup_ratio warmup_share warmup_fraction": "warmup",
        "warmup_steps warmup_epochs": "it is a share of the steps here: write warmup: 0.1",
        "beta_1 beta_2 betas epsilon eps rho amsgrad centered": _FIXED_BETAS,
        "nesterov": "write optimizer: nesterov",
        "mom sgd_momentum beta": "momentum",
        "ema ema_momentum use_ema swa": "this version has no averaged weights",
        "clipnorm clipvalue global_clipnorm grad_clip gradient_clip gradient_clipping max_grad_norm clip":
            "this version has no gradient clipping; the nearest is a smaller learning_rate",
        "label_smoothing smoothing": "this version has no label smoothing; the nearest is dropout or weight_decay",
        "loss loss_function loss_fn criterion": "leave it out: the loss is always the cross-entropy of the classes",
        "class_weights weighted_loss loss_weights pos_weight": "class_weight",
        "sample_weight sample_weights":
            "this version has no weights of single images; the nearest is data: {class_weight: "
            "balanced}",
        "metrics metric": "leave it out: accuracy and loss are always recorded; objective names what is judged by",
        "shuffle": "leave it out: training images are shuffled anew in each pass",
        "callbacks callback": "this version has no callbacks: pruner, patience, schedule and evaluations are what there is",
        "early_stopping early_stop early_stopper early_stopping_patience early_stopping_rounds": "patience",
        "stop": f"stop: {_NO_STOP} (in search)",
        "augmentation augment data_augmentation aug randaugment autoaugment": _AUGMENT,
        "random_flip horizontal_flip hflip flip_left_right": "write flip: horizontal",
        "vertical_flip vflip flip_up_down": "write flip: both",
        "random_rotation rotation rotation_range random_rotate": "rotate",
        "zoom_range random_zoom": "zoom",
        "shift_range width_shift_range height_shift_range random_shift translation "
        "random_translation random_crop": "shift",
        "brightness_range random_brightness": "brightness",
        "mixup cutmix cutout noise random_erasing": _NO_MIXING,
        "crop size image_size img_size resize target_size resolution img_height img_width": _RESIZE,
        "scale rescale rescaling normalize standardize mean_std featurewise_center "
        "featurewise_std_normalization": _SCALE,
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
        "epoch n_epoch n_epochs nb_epoch nb_epochs num_epoch num_epochs max_epoch max_epochs "
        "min_epochs train_epochs training_epochs num_train_epochs total_epochs": "epochs",
        "steps_per_epoch validation_steps":
            "leave it out: an epoch is one pass over the training images",
        "batch bs mini_batch mini_batch_size train_batch_size "
        "per_device_train_batch_size": "batch_size",
        "validation_split val_split validation_size test_size": "write data: {name: mnist, validation: 0.1}",
        "random_state random_seed": "write search: {seed: ..}",
        "constraint parameter_constraints forbidden forbidden_clauses forbiddens clauses": "constraints",
        "pool_padding": "this version has no padding of pools: an incomplete window is left out",
        "trainable freeze ensemble": "this version has none: each trial trains one network from its beginning",
    },
    "constraints": {
        "params n_params num_params param_count parameter_count n_parameters num_parameters "
        "total_params "
        "trainable_params n_weights num_weights model_size": "parameters",
        "flop flops_count mflops gflops": "flops",
        "mac macs multiply_adds":
            "write flops, which are two for each multiply-and-add of one image, as check prints them",
        "layers n_layers num_layers depth n_blocks": "write filters.layers or dense.layers",
        "val_accuracy val_loss accuracy loss test_accuracy test_loss metric score error latency seconds "
        "runtime memory": "leave it out: a constraint is checked before a trial is trained",
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
            f"leave it out: {EVERY_RANGE}, or {{choices: [..]}}",
        "_value": f"a range: {EVERY_RANGE}; a choice: write {{choices: [..]}}",
        "base": "leave it out: write log: true; the base of the logarithm makes no difference",
        "default init initial initial_value":
            "a starting value is a baseline: write baselines: {NAME: {..}} below the space",
        "mu mean sigma std sd loc alpha beta": f"this version has no normal distribution; {EVERY_RANGE}",
        "condition conditions conditional conditional_on depends_on if only_if active_if parent "
        "parent_name "
        "parent_values": "it is called when here: when: {optimizer: [momentum, nesterov]}",
        "otherwise default_when_false": "else",
        "of": "write the values out, as in {choices: [[32], [32, 64]]}",
        "feasible_space": f"leave it out, and {EVERY_RANGE}",
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
        "population n_population": "population_size",
        "crossover_rate": "crossover_prob",
        "sequence sequence_type": "qmc_type",
        "mutation mutation_prob mutation_rate crossover scramble sigma sigma0 x0 with_margin use_separable_cma "
        "restart_strategy consider_pruned_trials": "leave it out: this version sets none",
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
        "patience": "write it beside the pruner: search: {patience: 3}",
        "interval_steps interval": "leave it out: trials are judged at each of search: {evaluations: 5}",
        "min_delta": "leave it out: it is an option of pruners that this version has not",
        "warmup_steps warmup": "n_warmup_steps",
        "min_samples_required startup_trials n_startup": "n_startup_trials",
        "lower_bound minimum": "lower",
        "upper_bound maximum": "upper",
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
        "limit_train max_train train_images num_train": "train",
        "train_size train_split train_fraction train_share":
            "it is a number of images here: write train: 3000; without it, training has the images "
            "that validation and test leave",
        "validation_dir val_dir test_dir train_path val_path test_path":
            "write the one path of all: a folder with train/, val/ and test/ in it, or an .npz "
            "file",
        "image_size img_size resize target_size image_shape img_shape": "size",
        "center_crop centre_crop crop_to_aspect_ratio": "crop",
        "on_error ignore_errors skip_broken skip_errors": "it is called broken here: error or skip",
        "input_shape num_classes n_classes classes class_names label_mode channels color_mode grayscale":
            _READ_FROM_DATA,
        "rescale normalize normalise normalization normalisation standardize standardise "
        "standardization standardisation mean std mean_std preprocessing featurewise_center "
        "featurewise_std_normalization pixel_scaling": _SCALE,
        "samplewise_center samplewise_std_normalization per_image_standardization zca_whitening":
            f"this version scales all images alike: {_SCALE}",
        "class_weights balance balanced balance_classes weights": "class_weight",
        "oversample oversampling undersample undersampling resample weighted_sampler smote "
        "sample_weight":
            "this version draws every image equally often; the nearest is class_weight: balanced",
        "augmentation augment data_augmentation transform transforms": _AUGMENT,
        "shuffle": "leave it out: training images are shuffled anew in each pass",
        "random_state random_seed shuffle_seed": "seed",
        "stratified": "stratify",
        "fold folds cv k_fold": f"this version has no cross-validation; {_REPEATS} (in search)",
        "num_workers cache prefetch pin_memory download format": "leave it out: images are read once, into memory",
        "limit max_samples subset num_samples n_samples": "it is called train here: write train: 3000",
    },
    "objective": {
        "name metric monitor objective_metric_name metric_name value": "write {maximize: val_accuracy}",
        "goal direction mode type objective kind": "write {maximize: val_accuracy}, or {minimize: val_loss}",
        "max": "maximize",
        "min": "minimize",
        "restore_best_weights restore_best load_best_model_at_end save_best_only save_best best "
        "model_checkpoint": "write of: best, as in {maximize: val_accuracy, of: best}",
        "evaluation use_evaluation which at": "of, last or best",
        "target threshold goal_value": "this version has no target value: a sweep runs to its trials",
    },
}  # fmt: skip

# Hints for names that set one layer, as conv_1_units or n_units_l0 do: parts of such names, and the
# key for all layers here. The first row with a part of the name counts.
LAYERED: Rows = {
    "dropout drop": "it is called dropout here, one share for all hidden dense layers, or a list with one entry per layer",
    "kernel ksize": "it is called kernel_size here, one for all blocks, or a list with one entry per block",
    "stride strides": "it is called strides here, one for all blocks, or a list with one entry per block",
    "activation act": "it is called activation here, one for all blocks, or a list with one entry per block",
    "pool pooling": "it is called pool here, after each block, one for all, or a list with one entry per block",
    "batchnorm bn norm": "it is called batch_norm here, for all convolutions",
    "conv convs cnn filter filters channel channels": _FILTERS,
    "dense fc unit units hidden linear neuron neurons mlp": _DENSE,
}
