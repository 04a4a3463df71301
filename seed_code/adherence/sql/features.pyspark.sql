SELECT
  `t58`.`row`,
  CAST(`t58`.`days_left` AS DOUBLE) AS `days_left`,
  CAST(`t58`.`days_since_fill` AS DOUBLE) AS `days_since_fill`,
  CAST(`t58`.`last_days_supply` AS DOUBLE) AS `last_days_supply`,
  CAST(`t58`.`days_supply_change` AS DOUBLE) AS `days_supply_change`,
  CAST(`t58`.`supply_imputed` AS DOUBLE) AS `supply_imputed`,
  CAST(`t58`.`fills_180` AS DOUBLE) AS `fills_180`,
  CAST(`t58`.`fills_365` AS DOUBLE) AS `fills_365`,
  `t58`.`fill_number`,
  `t58`.`covered_30` / CAST(GREATEST(1, LEAST(30, `t58`.`observed`)) AS DOUBLE) AS `pdc_30`,
  `t58`.`covered_90` / CAST(GREATEST(1, LEAST(90, `t58`.`observed`)) AS DOUBLE) AS `pdc_90`,
  `t58`.`covered_180` / CAST(GREATEST(1, LEAST(180, `t58`.`observed`)) AS DOUBLE) AS `pdc_180`,
  `t58`.`covered_365` / CAST(GREATEST(1, LEAST(365, `t58`.`observed`)) AS DOUBLE) AS `pdc_365`,
  CAST(`t58`.`late_last` AS DOUBLE) AS `late_last`,
  `t58`.`sum_3` / CAST(NULLIF(`t58`.`count_3`, 0) AS DOUBLE) AS `late_mean_3`,
  `t58`.`sum_365` / CAST(NULLIF(`t58`.`count_365`, 0) AS DOUBLE) AS `late_mean_365`,
  `t58`.`slow_365` / CAST(GREATEST(`t58`.`fills_365`, 1) AS DOUBLE) AS `late_share_365`,
  `t58`.`patient_late` / CAST(NULLIF(`t58`.`patient_refills`, 0) AS DOUBLE) AS `patient_late_mean`,
  `t58`.`patient_late_730` / CAST(NULLIF(`t58`.`patient_refills_730`, 0) AS DOUBLE) AS `patient_late_mean_730`,
  CAST(`t58`.`patient_refills` AS DOUBLE) AS `patient_refills`,
  CAST(`t58`.`patient_lapses` AS DOUBLE) AS `patient_lapses`,
  CAST(`t58`.`first_fill` AS DOUBLE) AS `first_fill`,
  CAST(`t58`.`second_fill` AS DOUBLE) AS `second_fill`,
  `t58`.`copay_month`,
  `t58`.`copay_change`,
  `t58`.`refills_remaining`,
  `t58`.`mail`,
  CAST(`t58`.`reset_months` AS DOUBLE) AS `reset_months`,
  CAST(`t58`.`other_active` AS DOUBLE) AS `other_active`,
  CAST(`t58`.`same_class_active` AS DOUBLE) AS `same_class_active`,
  CAST(COALESCE(`t58`.`related_started`, FALSE) AS DOUBLE) AS `related_started`,
  CAST(COALESCE(`t58`.`related_before`, FALSE) AS DOUBLE) AS `related_before`,
  COALESCE(`t58`.`recent_stay`, 0.0) AS `recent_stay`,
  `t58`.`hba1c`,
  `t58`.`hba1c_mean`,
  CAST(`t58`.`hba1c_age` AS DOUBLE) AS `hba1c_age`,
  CAST(`t58`.`age` AS DOUBLE) AS `age`,
  `t58`.`female`,
  `t58`.`depression`,
  `t58`.`n_comorbidities`,
  `t58`.`n_chronic_meds`,
  `t58`.`payer_commercial`,
  `t58`.`payer_medicare`,
  `t58`.`payer_medicaid`,
  `t58`.`payer_cash`
FROM (
  SELECT
    `t6`.`row`,
    `t20`.`copay_month`,
    `t20`.`refills_remaining`,
    `t20`.`mail`,
    `t7`.`female`,
    `t7`.`depression`,
    `t7`.`n_comorbidities`,
    `t7`.`n_chronic_meds`,
    `t6`.`known` - `t23`.`first_day` AS `observed`,
    IF(
      IF(
        (
          `t6`.`run_out` - `t6`.`day`
        ) IS NULL,
        `t6`.`run_out` - `t6`.`day`,
        LEAST(365, `t6`.`run_out` - `t6`.`day`)
      ) IS NULL,
      IF(
        (
          `t6`.`run_out` - `t6`.`day`
        ) IS NULL,
        `t6`.`run_out` - `t6`.`day`,
        LEAST(365, `t6`.`run_out` - `t6`.`day`)
      ),
      GREATEST(
        -365,
        IF(
          (
            `t6`.`run_out` - `t6`.`day`
          ) IS NULL,
          `t6`.`run_out` - `t6`.`day`,
          LEAST(365, `t6`.`run_out` - `t6`.`day`)
        )
      )
    ) AS `days_left`,
    `t6`.`day` - `t20`.`day` AS `days_since_fill`,
    `t20`.`days_supply` AS `last_days_supply`,
    `t20`.`days_supply` - `t27`.`before_supply` AS `days_supply_change`,
    `t20`.`imputed` AS `supply_imputed`,
    IF(
      IF(`t20`.`late` IS NULL, `t20`.`late`, LEAST(90, `t20`.`late`)) IS NULL,
      IF(`t20`.`late` IS NULL, `t20`.`late`, LEAST(90, `t20`.`late`)),
      GREATEST(-60, IF(`t20`.`late` IS NULL, `t20`.`late`, LEAST(90, `t20`.`late`)))
    ) AS `late_last`,
    IF(
      IF(`t20`.`fill_number` IS NULL, `t20`.`fill_number`, LEAST(24, `t20`.`fill_number`)) IS NULL,
      IF(`t20`.`fill_number` IS NULL, `t20`.`fill_number`, LEAST(24, `t20`.`fill_number`)),
      GREATEST(
        0,
        IF(`t20`.`fill_number` IS NULL, `t20`.`fill_number`, LEAST(24, `t20`.`fill_number`))
      )
    ) AS `fill_number`,
    `t6`.`fill` = `t23`.`first_fill` AS `first_fill`,
    `t6`.`fill` = (
      `t23`.`first_fill` + 1
    ) AS `second_fill`,
    IF(
      IF(
        (
          (
            `t20`.`copay_month` + 1
          ) / (
            `t27`.`before_copay` + 1
          )
        ) IS NULL,
        (
          `t20`.`copay_month` + 1
        ) / (
          `t27`.`before_copay` + 1
        ),
        LEAST(10.0, (
          `t20`.`copay_month` + 1
        ) / (
          `t27`.`before_copay` + 1
        ))
      ) IS NULL,
      IF(
        (
          (
            `t20`.`copay_month` + 1
          ) / (
            `t27`.`before_copay` + 1
          )
        ) IS NULL,
        (
          `t20`.`copay_month` + 1
        ) / (
          `t27`.`before_copay` + 1
        ),
        LEAST(10.0, (
          `t20`.`copay_month` + 1
        ) / (
          `t27`.`before_copay` + 1
        ))
      ),
      GREATEST(
        0.1,
        IF(
          (
            (
              `t20`.`copay_month` + 1
            ) / (
              `t27`.`before_copay` + 1
            )
          ) IS NULL,
          (
            `t20`.`copay_month` + 1
          ) / (
            `t27`.`before_copay` + 1
          ),
          LEAST(10.0, (
            `t20`.`copay_month` + 1
          ) / (
            `t27`.`before_copay` + 1
          ))
        )
      )
    ) AS `copay_change`,
    IF(
      CAST(FLOOR(
        (
          (
            (
              (
                (
                  `t6`.`run_out` + 719468
                ) - (
                  CAST(FLOOR((
                    `t6`.`run_out` + 719468
                  ) / (
                    146097
                  )) AS BIGINT) * 146097
                )
              ) - (
                (
                  (
                    CAST(FLOOR(
                      (
                        (
                          (
                            (
                              (
                                `t6`.`run_out` + 719468
                              ) - (
                                CAST(FLOOR((
                                  `t6`.`run_out` + 719468
                                ) / (
                                  146097
                                )) AS BIGINT) * 146097
                              )
                            ) - CAST(FLOOR(
                              (
                                (
                                  `t6`.`run_out` + 719468
                                ) - (
                                  CAST(FLOOR((
                                    `t6`.`run_out` + 719468
                                  ) / (
                                    146097
                                  )) AS BIGINT) * 146097
                                )
                              ) / (
                                1460
                              )
                            ) AS BIGINT)
                          ) + CAST(FLOOR(
                            (
                              (
                                `t6`.`run_out` + 719468
                              ) - (
                                CAST(FLOOR((
                                  `t6`.`run_out` + 719468
                                ) / (
                                  146097
                                )) AS BIGINT) * 146097
                              )
                            ) / (
                              36524
                            )
                          ) AS BIGINT)
                        ) - CAST(FLOOR(
                          (
                            (
                              `t6`.`run_out` + 719468
                            ) - (
                              CAST(FLOOR((
                                `t6`.`run_out` + 719468
                              ) / (
                                146097
                              )) AS BIGINT) * 146097
                            )
                          ) / (
                            146096
                          )
                        ) AS BIGINT)
                      ) / (
                        365
                      )
                    ) AS BIGINT) * 365
                  ) + CAST(FLOOR(
                    (
                      CAST(FLOOR(
                        (
                          (
                            (
                              (
                                (
                                  `t6`.`run_out` + 719468
                                ) - (
                                  CAST(FLOOR((
                                    `t6`.`run_out` + 719468
                                  ) / (
                                    146097
                                  )) AS BIGINT) * 146097
                                )
                              ) - CAST(FLOOR(
                                (
                                  (
                                    `t6`.`run_out` + 719468
                                  ) - (
                                    CAST(FLOOR((
                                      `t6`.`run_out` + 719468
                                    ) / (
                                      146097
                                    )) AS BIGINT) * 146097
                                  )
                                ) / (
                                  1460
                                )
                              ) AS BIGINT)
                            ) + CAST(FLOOR(
                              (
                                (
                                  `t6`.`run_out` + 719468
                                ) - (
                                  CAST(FLOOR((
                                    `t6`.`run_out` + 719468
                                  ) / (
                                    146097
                                  )) AS BIGINT) * 146097
                                )
                              ) / (
                                36524
                              )
                            ) AS BIGINT)
                          ) - CAST(FLOOR(
                            (
                              (
                                `t6`.`run_out` + 719468
                              ) - (
                                CAST(FLOOR((
                                  `t6`.`run_out` + 719468
                                ) / (
                                  146097
                                )) AS BIGINT) * 146097
                              )
                            ) / (
                              146096
                            )
                          ) AS BIGINT)
                        ) / (
                          365
                        )
                      ) AS BIGINT)
                    ) / (
                      4
                    )
                  ) AS BIGINT)
                ) - CAST(FLOOR(
                  (
                    CAST(FLOOR(
                      (
                        (
                          (
                            (
                              (
                                `t6`.`run_out` + 719468
                              ) - (
                                CAST(FLOOR((
                                  `t6`.`run_out` + 719468
                                ) / (
                                  146097
                                )) AS BIGINT) * 146097
                              )
                            ) - CAST(FLOOR(
                              (
                                (
                                  `t6`.`run_out` + 719468
                                ) - (
                                  CAST(FLOOR((
                                    `t6`.`run_out` + 719468
                                  ) / (
                                    146097
                                  )) AS BIGINT) * 146097
                                )
                              ) / (
                                1460
                              )
                            ) AS BIGINT)
                          ) + CAST(FLOOR(
                            (
                              (
                                `t6`.`run_out` + 719468
                              ) - (
                                CAST(FLOOR((
                                  `t6`.`run_out` + 719468
                                ) / (
                                  146097
                                )) AS BIGINT) * 146097
                              )
                            ) / (
                              36524
                            )
                          ) AS BIGINT)
                        ) - CAST(FLOOR(
                          (
                            (
                              `t6`.`run_out` + 719468
                            ) - (
                              CAST(FLOOR((
                                `t6`.`run_out` + 719468
                              ) / (
                                146097
                              )) AS BIGINT) * 146097
                            )
                          ) / (
                            146096
                          )
                        ) AS BIGINT)
                      ) / (
                        365
                      )
                    ) AS BIGINT)
                  ) / (
                    100
                  )
                ) AS BIGINT)
              )
            ) * 5
          ) + 2
        ) / (
          153
        )
      ) AS BIGINT) < 10,
      CAST(FLOOR(
        (
          (
            (
              (
                (
                  `t6`.`run_out` + 719468
                ) - (
                  CAST(FLOOR((
                    `t6`.`run_out` + 719468
                  ) / (
                    146097
                  )) AS BIGINT) * 146097
                )
              ) - (
                (
                  (
                    CAST(FLOOR(
                      (
                        (
                          (
                            (
                              (
                                `t6`.`run_out` + 719468
                              ) - (
                                CAST(FLOOR((
                                  `t6`.`run_out` + 719468
                                ) / (
                                  146097
                                )) AS BIGINT) * 146097
                              )
                            ) - CAST(FLOOR(
                              (
                                (
                                  `t6`.`run_out` + 719468
                                ) - (
                                  CAST(FLOOR((
                                    `t6`.`run_out` + 719468
                                  ) / (
                                    146097
                                  )) AS BIGINT) * 146097
                                )
                              ) / (
                                1460
                              )
                            ) AS BIGINT)
                          ) + CAST(FLOOR(
                            (
                              (
                                `t6`.`run_out` + 719468
                              ) - (
                                CAST(FLOOR((
                                  `t6`.`run_out` + 719468
                                ) / (
                                  146097
                                )) AS BIGINT) * 146097
                              )
                            ) / (
                              36524
                            )
                          ) AS BIGINT)
                        ) - CAST(FLOOR(
                          (
                            (
                              `t6`.`run_out` + 719468
                            ) - (
                              CAST(FLOOR((
                                `t6`.`run_out` + 719468
                              ) / (
                                146097
                              )) AS BIGINT) * 146097
                            )
                          ) / (
                            146096
                          )
                        ) AS BIGINT)
                      ) / (
                        365
                      )
                    ) AS BIGINT) * 365
                  ) + CAST(FLOOR(
                    (
                      CAST(FLOOR(
                        (
                          (
                            (
                              (
                                (
                                  `t6`.`run_out` + 719468
                                ) - (
                                  CAST(FLOOR((
                                    `t6`.`run_out` + 719468
                                  ) / (
                                    146097
                                  )) AS BIGINT) * 146097
                                )
                              ) - CAST(FLOOR(
                                (
                                  (
                                    `t6`.`run_out` + 719468
                                  ) - (
                                    CAST(FLOOR((
                                      `t6`.`run_out` + 719468
                                    ) / (
                                      146097
                                    )) AS BIGINT) * 146097
                                  )
                                ) / (
                                  1460
                                )
                              ) AS BIGINT)
                            ) + CAST(FLOOR(
                              (
                                (
                                  `t6`.`run_out` + 719468
                                ) - (
                                  CAST(FLOOR((
                                    `t6`.`run_out` + 719468
                                  ) / (
                                    146097
                                  )) AS BIGINT) * 146097
                                )
                              ) / (
                                36524
                              )
                            ) AS BIGINT)
                          ) - CAST(FLOOR(
                            (
                              (
                                `t6`.`run_out` + 719468
                              ) - (
                                CAST(FLOOR((
                                  `t6`.`run_out` + 719468
                                ) / (
                                  146097
                                )) AS BIGINT) * 146097
                              )
                            ) / (
                              146096
                            )
                          ) AS BIGINT)
                        ) / (
                          365
                        )
                      ) AS BIGINT)
                    ) / (
                      4
                    )
                  ) AS BIGINT)
                ) - CAST(FLOOR(
                  (
                    CAST(FLOOR(
                      (
                        (
                          (
                            (
                              (
                                `t6`.`run_out` + 719468
                              ) - (
                                CAST(FLOOR((
                                  `t6`.`run_out` + 719468
                                ) / (
                                  146097
                                )) AS BIGINT) * 146097
                              )
                            ) - CAST(FLOOR(
                              (
                                (
                                  `t6`.`run_out` + 719468
                                ) - (
                                  CAST(FLOOR((
                                    `t6`.`run_out` + 719468
                                  ) / (
                                    146097
                                  )) AS BIGINT) * 146097
                                )
                              ) / (
                                1460
                              )
                            ) AS BIGINT)
                          ) + CAST(FLOOR(
                            (
                              (
                                `t6`.`run_out` + 719468
                              ) - (
                                CAST(FLOOR((
                                  `t6`.`run_out` + 719468
                                ) / (
                                  146097
                                )) AS BIGINT) * 146097
                              )
                            ) / (
                              36524
                            )
                          ) AS BIGINT)
                        ) - CAST(FLOOR(
                          (
                            (
                              `t6`.`run_out` + 719468
                            ) - (
                              CAST(FLOOR((
                                `t6`.`run_out` + 719468
                              ) / (
                                146097
                              )) AS BIGINT) * 146097
                            )
                          ) / (
                            146096
                          )
                        ) AS BIGINT)
                      ) / (
                        365
                      )
                    ) AS BIGINT)
                  ) / (
                    100
                  )
                ) AS BIGINT)
              )
            ) * 5
          ) + 2
        ) / (
          153
        )
      ) AS BIGINT) + 3,
      CAST(FLOOR(
        (
          (
            (
              (
                (
                  `t6`.`run_out` + 719468
                ) - (
                  CAST(FLOOR((
                    `t6`.`run_out` + 719468
                  ) / (
                    146097
                  )) AS BIGINT) * 146097
                )
              ) - (
                (
                  (
                    CAST(FLOOR(
                      (
                        (
                          (
                            (
                              (
                                `t6`.`run_out` + 719468
                              ) - (
                                CAST(FLOOR((
                                  `t6`.`run_out` + 719468
                                ) / (
                                  146097
                                )) AS BIGINT) * 146097
                              )
                            ) - CAST(FLOOR(
                              (
                                (
                                  `t6`.`run_out` + 719468
                                ) - (
                                  CAST(FLOOR((
                                    `t6`.`run_out` + 719468
                                  ) / (
                                    146097
                                  )) AS BIGINT) * 146097
                                )
                              ) / (
                                1460
                              )
                            ) AS BIGINT)
                          ) + CAST(FLOOR(
                            (
                              (
                                `t6`.`run_out` + 719468
                              ) - (
                                CAST(FLOOR((
                                  `t6`.`run_out` + 719468
                                ) / (
                                  146097
                                )) AS BIGINT) * 146097
                              )
                            ) / (
                              36524
                            )
                          ) AS BIGINT)
                        ) - CAST(FLOOR(
                          (
                            (
                              `t6`.`run_out` + 719468
                            ) - (
                              CAST(FLOOR((
                                `t6`.`run_out` + 719468
                              ) / (
                                146097
                              )) AS BIGINT) * 146097
                            )
                          ) / (
                            146096
                          )
                        ) AS BIGINT)
                      ) / (
                        365
                      )
                    ) AS BIGINT) * 365
                  ) + CAST(FLOOR(
                    (
                      CAST(FLOOR(
                        (
                          (
                            (
                              (
                                (
                                  `t6`.`run_out` + 719468
                                ) - (
                                  CAST(FLOOR((
                                    `t6`.`run_out` + 719468
                                  ) / (
                                    146097
                                  )) AS BIGINT) * 146097
                                )
                              ) - CAST(FLOOR(
                                (
                                  (
                                    `t6`.`run_out` + 719468
                                  ) - (
                                    CAST(FLOOR((
                                      `t6`.`run_out` + 719468
                                    ) / (
                                      146097
                                    )) AS BIGINT) * 146097
                                  )
                                ) / (
                                  1460
                                )
                              ) AS BIGINT)
                            ) + CAST(FLOOR(
                              (
                                (
                                  `t6`.`run_out` + 719468
                                ) - (
                                  CAST(FLOOR((
                                    `t6`.`run_out` + 719468
                                  ) / (
                                    146097
                                  )) AS BIGINT) * 146097
                                )
                              ) / (
                                36524
                              )
                            ) AS BIGINT)
                          ) - CAST(FLOOR(
                            (
                              (
                                `t6`.`run_out` + 719468
                              ) - (
                                CAST(FLOOR((
                                  `t6`.`run_out` + 719468
                                ) / (
                                  146097
                                )) AS BIGINT) * 146097
                              )
                            ) / (
                              146096
                            )
                          ) AS BIGINT)
                        ) / (
                          365
                        )
                      ) AS BIGINT)
                    ) / (
                      4
                    )
                  ) AS BIGINT)
                ) - CAST(FLOOR(
                  (
                    CAST(FLOOR(
                      (
                        (
                          (
                            (
                              (
                                `t6`.`run_out` + 719468
                              ) - (
                                CAST(FLOOR((
                                  `t6`.`run_out` + 719468
                                ) / (
                                  146097
                                )) AS BIGINT) * 146097
                              )
                            ) - CAST(FLOOR(
                              (
                                (
                                  `t6`.`run_out` + 719468
                                ) - (
                                  CAST(FLOOR((
                                    `t6`.`run_out` + 719468
                                  ) / (
                                    146097
                                  )) AS BIGINT) * 146097
                                )
                              ) / (
                                1460
                              )
                            ) AS BIGINT)
                          ) + CAST(FLOOR(
                            (
                              (
                                `t6`.`run_out` + 719468
                              ) - (
                                CAST(FLOOR((
                                  `t6`.`run_out` + 719468
                                ) / (
                                  146097
                                )) AS BIGINT) * 146097
                              )
                            ) / (
                              36524
                            )
                          ) AS BIGINT)
                        ) - CAST(FLOOR(
                          (
                            (
                              `t6`.`run_out` + 719468
                            ) - (
                              CAST(FLOOR((
                                `t6`.`run_out` + 719468
                              ) / (
                                146097
                              )) AS BIGINT) * 146097
                            )
                          ) / (
                            146096
                          )
                        ) AS BIGINT)
                      ) / (
                        365
                      )
                    ) AS BIGINT)
                  ) / (
                    100
                  )
                ) AS BIGINT)
              )
            ) * 5
          ) + 2
        ) / (
          153
        )
      ) AS BIGINT) - 9
    ) <= 2 AS `reset_months`,
    (
      CAST(FLOOR(
        (
          (
            (
              (
                (
                  `t6`.`day` + 719468
                ) - (
                  CAST(FLOOR((
                    `t6`.`day` + 719468
                  ) / (
                    146097
                  )) AS BIGINT) * 146097
                )
              ) - CAST(FLOOR(
                (
                  (
                    `t6`.`day` + 719468
                  ) - (
                    CAST(FLOOR((
                      `t6`.`day` + 719468
                    ) / (
                      146097
                    )) AS BIGINT) * 146097
                  )
                ) / (
                  1460
                )
              ) AS BIGINT)
            ) + CAST(FLOOR(
              (
                (
                  `t6`.`day` + 719468
                ) - (
                  CAST(FLOOR((
                    `t6`.`day` + 719468
                  ) / (
                    146097
                  )) AS BIGINT) * 146097
                )
              ) / (
                36524
              )
            ) AS BIGINT)
          ) - CAST(FLOOR(
            (
              (
                `t6`.`day` + 719468
              ) - (
                CAST(FLOOR((
                  `t6`.`day` + 719468
                ) / (
                  146097
                )) AS BIGINT) * 146097
              )
            ) / (
              146096
            )
          ) AS BIGINT)
        ) / (
          365
        )
      ) AS BIGINT) + (
        CAST(FLOOR((
          `t6`.`day` + 719468
        ) / (
          146097
        )) AS BIGINT) * 400
      ) + IF(
        IF(
          CAST(FLOOR(
            (
              (
                (
                  (
                    (
                      `t6`.`day` + 719468
                    ) - (
                      CAST(FLOOR((
                        `t6`.`day` + 719468
                      ) / (
                        146097
                      )) AS BIGINT) * 146097
                    )
                  ) - (
                    (
                      (
                        CAST(FLOOR(
                          (
                            (
                              (
                                (
                                  (
                                    `t6`.`day` + 719468
                                  ) - (
                                    CAST(FLOOR((
                                      `t6`.`day` + 719468
                                    ) / (
                                      146097
                                    )) AS BIGINT) * 146097
                                  )
                                ) - CAST(FLOOR(
                                  (
                                    (
                                      `t6`.`day` + 719468
                                    ) - (
                                      CAST(FLOOR((
                                        `t6`.`day` + 719468
                                      ) / (
                                        146097
                                      )) AS BIGINT) * 146097
                                    )
                                  ) / (
                                    1460
                                  )
                                ) AS BIGINT)
                              ) + CAST(FLOOR(
                                (
                                  (
                                    `t6`.`day` + 719468
                                  ) - (
                                    CAST(FLOOR((
                                      `t6`.`day` + 719468
                                    ) / (
                                      146097
                                    )) AS BIGINT) * 146097
                                  )
                                ) / (
                                  36524
                                )
                              ) AS BIGINT)
                            ) - CAST(FLOOR(
                              (
                                (
                                  `t6`.`day` + 719468
                                ) - (
                                  CAST(FLOOR((
                                    `t6`.`day` + 719468
                                  ) / (
                                    146097
                                  )) AS BIGINT) * 146097
                                )
                              ) / (
                                146096
                              )
                            ) AS BIGINT)
                          ) / (
                            365
                          )
                        ) AS BIGINT) * 365
                      ) + CAST(FLOOR(
                        (
                          CAST(FLOOR(
                            (
                              (
                                (
                                  (
                                    (
                                      `t6`.`day` + 719468
                                    ) - (
                                      CAST(FLOOR((
                                        `t6`.`day` + 719468
                                      ) / (
                                        146097
                                      )) AS BIGINT) * 146097
                                    )
                                  ) - CAST(FLOOR(
                                    (
                                      (
                                        `t6`.`day` + 719468
                                      ) - (
                                        CAST(FLOOR((
                                          `t6`.`day` + 719468
                                        ) / (
                                          146097
                                        )) AS BIGINT) * 146097
                                      )
                                    ) / (
                                      1460
                                    )
                                  ) AS BIGINT)
                                ) + CAST(FLOOR(
                                  (
                                    (
                                      `t6`.`day` + 719468
                                    ) - (
                                      CAST(FLOOR((
                                        `t6`.`day` + 719468
                                      ) / (
                                        146097
                                      )) AS BIGINT) * 146097
                                    )
                                  ) / (
                                    36524
                                  )
                                ) AS BIGINT)
                              ) - CAST(FLOOR(
                                (
                                  (
                                    `t6`.`day` + 719468
                                  ) - (
                                    CAST(FLOOR((
                                      `t6`.`day` + 719468
                                    ) / (
                                      146097
                                    )) AS BIGINT) * 146097
                                  )
                                ) / (
                                  146096
                                )
                              ) AS BIGINT)
                            ) / (
                              365
                            )
                          ) AS BIGINT)
                        ) / (
                          4
                        )
                      ) AS BIGINT)
                    ) - CAST(FLOOR(
                      (
                        CAST(FLOOR(
                          (
                            (
                              (
                                (
                                  (
                                    `t6`.`day` + 719468
                                  ) - (
                                    CAST(FLOOR((
                                      `t6`.`day` + 719468
                                    ) / (
                                      146097
                                    )) AS BIGINT) * 146097
                                  )
                                ) - CAST(FLOOR(
                                  (
                                    (
                                      `t6`.`day` + 719468
                                    ) - (
                                      CAST(FLOOR((
                                        `t6`.`day` + 719468
                                      ) / (
                                        146097
                                      )) AS BIGINT) * 146097
                                    )
                                  ) / (
                                    1460
                                  )
                                ) AS BIGINT)
                              ) + CAST(FLOOR(
                                (
                                  (
                                    `t6`.`day` + 719468
                                  ) - (
                                    CAST(FLOOR((
                                      `t6`.`day` + 719468
                                    ) / (
                                      146097
                                    )) AS BIGINT) * 146097
                                  )
                                ) / (
                                  36524
                                )
                              ) AS BIGINT)
                            ) - CAST(FLOOR(
                              (
                                (
                                  `t6`.`day` + 719468
                                ) - (
                                  CAST(FLOOR((
                                    `t6`.`day` + 719468
                                  ) / (
                                    146097
                                  )) AS BIGINT) * 146097
                                )
                              ) / (
                                146096
                              )
                            ) AS BIGINT)
                          ) / (
                            365
                          )
                        ) AS BIGINT)
                      ) / (
                        100
                      )
                    ) AS BIGINT)
                  )
                ) * 5
              ) + 2
            ) / (
              153
            )
          ) AS BIGINT) < 10,
          CAST(FLOOR(
            (
              (
                (
                  (
                    (
                      `t6`.`day` + 719468
                    ) - (
                      CAST(FLOOR((
                        `t6`.`day` + 719468
                      ) / (
                        146097
                      )) AS BIGINT) * 146097
                    )
                  ) - (
                    (
                      (
                        CAST(FLOOR(
                          (
                            (
                              (
                                (
                                  (
                                    `t6`.`day` + 719468
                                  ) - (
                                    CAST(FLOOR((
                                      `t6`.`day` + 719468
                                    ) / (
                                      146097
                                    )) AS BIGINT) * 146097
                                  )
                                ) - CAST(FLOOR(
                                  (
                                    (
                                      `t6`.`day` + 719468
                                    ) - (
                                      CAST(FLOOR((
                                        `t6`.`day` + 719468
                                      ) / (
                                        146097
                                      )) AS BIGINT) * 146097
                                    )
                                  ) / (
                                    1460
                                  )
                                ) AS BIGINT)
                              ) + CAST(FLOOR(
                                (
                                  (
                                    `t6`.`day` + 719468
                                  ) - (
                                    CAST(FLOOR((
                                      `t6`.`day` + 719468
                                    ) / (
                                      146097
                                    )) AS BIGINT) * 146097
                                  )
                                ) / (
                                  36524
                                )
                              ) AS BIGINT)
                            ) - CAST(FLOOR(
                              (
                                (
                                  `t6`.`day` + 719468
                                ) - (
                                  CAST(FLOOR((
                                    `t6`.`day` + 719468
                                  ) / (
                                    146097
                                  )) AS BIGINT) * 146097
                                )
                              ) / (
                                146096
                              )
                            ) AS BIGINT)
                          ) / (
                            365
                          )
                        ) AS BIGINT) * 365
                      ) + CAST(FLOOR(
                        (
                          CAST(FLOOR(
                            (
                              (
                                (
                                  (
                                    (
                                      `t6`.`day` + 719468
                                    ) - (
                                      CAST(FLOOR((
                                        `t6`.`day` + 719468
                                      ) / (
                                        146097
                                      )) AS BIGINT) * 146097
                                    )
                                  ) - CAST(FLOOR(
                                    (
                                      (
                                        `t6`.`day` + 719468
                                      ) - (
                                        CAST(FLOOR((
                                          `t6`.`day` + 719468
                                        ) / (
                                          146097
                                        )) AS BIGINT) * 146097
                                      )
                                    ) / (
                                      1460
                                    )
                                  ) AS BIGINT)
                                ) + CAST(FLOOR(
                                  (
                                    (
                                      `t6`.`day` + 719468
                                    ) - (
                                      CAST(FLOOR((
                                        `t6`.`day` + 719468
                                      ) / (
                                        146097
                                      )) AS BIGINT) * 146097
                                    )
                                  ) / (
                                    36524
                                  )
                                ) AS BIGINT)
                              ) - CAST(FLOOR(
                                (
                                  (
                                    `t6`.`day` + 719468
                                  ) - (
                                    CAST(FLOOR((
                                      `t6`.`day` + 719468
                                    ) / (
                                      146097
                                    )) AS BIGINT) * 146097
                                  )
                                ) / (
                                  146096
                                )
                              ) AS BIGINT)
                            ) / (
                              365
                            )
                          ) AS BIGINT)
                        ) / (
                          4
                        )
                      ) AS BIGINT)
                    ) - CAST(FLOOR(
                      (
                        CAST(FLOOR(
                          (
                            (
                              (
                                (
                                  (
                                    `t6`.`day` + 719468
                                  ) - (
                                    CAST(FLOOR((
                                      `t6`.`day` + 719468
                                    ) / (
                                      146097
                                    )) AS BIGINT) * 146097
                                  )
                                ) - CAST(FLOOR(
                                  (
                                    (
                                      `t6`.`day` + 719468
                                    ) - (
                                      CAST(FLOOR((
                                        `t6`.`day` + 719468
                                      ) / (
                                        146097
                                      )) AS BIGINT) * 146097
                                    )
                                  ) / (
                                    1460
                                  )
                                ) AS BIGINT)
                              ) + CAST(FLOOR(
                                (
                                  (
                                    `t6`.`day` + 719468
                                  ) - (
                                    CAST(FLOOR((
                                      `t6`.`day` + 719468
                                    ) / (
                                      146097
                                    )) AS BIGINT) * 146097
                                  )
                                ) / (
                                  36524
                                )
                              ) AS BIGINT)
                            ) - CAST(FLOOR(
                              (
                                (
                                  `t6`.`day` + 719468
                                ) - (
                                  CAST(FLOOR((
                                    `t6`.`day` + 719468
                                  ) / (
                                    146097
                                  )) AS BIGINT) * 146097
                                )
                              ) / (
                                146096
                              )
                            ) AS BIGINT)
                          ) / (
                            365
                          )
                        ) AS BIGINT)
                      ) / (
                        100
                      )
                    ) AS BIGINT)
                  )
                ) * 5
              ) + 2
            ) / (
              153
            )
          ) AS BIGINT) + 3,
          CAST(FLOOR(
            (
              (
                (
                  (
                    (
                      `t6`.`day` + 719468
                    ) - (
                      CAST(FLOOR((
                        `t6`.`day` + 719468
                      ) / (
                        146097
                      )) AS BIGINT) * 146097
                    )
                  ) - (
                    (
                      (
                        CAST(FLOOR(
                          (
                            (
                              (
                                (
                                  (
                                    `t6`.`day` + 719468
                                  ) - (
                                    CAST(FLOOR((
                                      `t6`.`day` + 719468
                                    ) / (
                                      146097
                                    )) AS BIGINT) * 146097
                                  )
                                ) - CAST(FLOOR(
                                  (
                                    (
                                      `t6`.`day` + 719468
                                    ) - (
                                      CAST(FLOOR((
                                        `t6`.`day` + 719468
                                      ) / (
                                        146097
                                      )) AS BIGINT) * 146097
                                    )
                                  ) / (
                                    1460
                                  )
                                ) AS BIGINT)
                              ) + CAST(FLOOR(
                                (
                                  (
                                    `t6`.`day` + 719468
                                  ) - (
                                    CAST(FLOOR((
                                      `t6`.`day` + 719468
                                    ) / (
                                      146097
                                    )) AS BIGINT) * 146097
                                  )
                                ) / (
                                  36524
                                )
                              ) AS BIGINT)
                            ) - CAST(FLOOR(
                              (
                                (
                                  `t6`.`day` + 719468
                                ) - (
                                  CAST(FLOOR((
                                    `t6`.`day` + 719468
                                  ) / (
                                    146097
                                  )) AS BIGINT) * 146097
                                )
                              ) / (
                                146096
                              )
                            ) AS BIGINT)
                          ) / (
                            365
                          )
                        ) AS BIGINT) * 365
                      ) + CAST(FLOOR(
                        (
                          CAST(FLOOR(
                            (
                              (
                                (
                                  (
                                    (
                                      `t6`.`day` + 719468
                                    ) - (
                                      CAST(FLOOR((
                                        `t6`.`day` + 719468
                                      ) / (
                                        146097
                                      )) AS BIGINT) * 146097
                                    )
                                  ) - CAST(FLOOR(
                                    (
                                      (
                                        `t6`.`day` + 719468
                                      ) - (
                                        CAST(FLOOR((
                                          `t6`.`day` + 719468
                                        ) / (
                                          146097
                                        )) AS BIGINT) * 146097
                                      )
                                    ) / (
                                      1460
                                    )
                                  ) AS BIGINT)
                                ) + CAST(FLOOR(
                                  (
                                    (
                                      `t6`.`day` + 719468
                                    ) - (
                                      CAST(FLOOR((
                                        `t6`.`day` + 719468
                                      ) / (
                                        146097
                                      )) AS BIGINT) * 146097
                                    )
                                  ) / (
                                    36524
                                  )
                                ) AS BIGINT)
                              ) - CAST(FLOOR(
                                (
                                  (
                                    `t6`.`day` + 719468
                                  ) - (
                                    CAST(FLOOR((
                                      `t6`.`day` + 719468
                                    ) / (
                                      146097
                                    )) AS BIGINT) * 146097
                                  )
                                ) / (
                                  146096
                                )
                              ) AS BIGINT)
                            ) / (
                              365
                            )
                          ) AS BIGINT)
                        ) / (
                          4
                        )
                      ) AS BIGINT)
                    ) - CAST(FLOOR(
                      (
                        CAST(FLOOR(
                          (
                            (
                              (
                                (
                                  (
                                    `t6`.`day` + 719468
                                  ) - (
                                    CAST(FLOOR((
                                      `t6`.`day` + 719468
                                    ) / (
                                      146097
                                    )) AS BIGINT) * 146097
                                  )
                                ) - CAST(FLOOR(
                                  (
                                    (
                                      `t6`.`day` + 719468
                                    ) - (
                                      CAST(FLOOR((
                                        `t6`.`day` + 719468
                                      ) / (
                                        146097
                                      )) AS BIGINT) * 146097
                                    )
                                  ) / (
                                    1460
                                  )
                                ) AS BIGINT)
                              ) + CAST(FLOOR(
                                (
                                  (
                                    `t6`.`day` + 719468
                                  ) - (
                                    CAST(FLOOR((
                                      `t6`.`day` + 719468
                                    ) / (
                                      146097
                                    )) AS BIGINT) * 146097
                                  )
                                ) / (
                                  36524
                                )
                              ) AS BIGINT)
                            ) - CAST(FLOOR(
                              (
                                (
                                  `t6`.`day` + 719468
                                ) - (
                                  CAST(FLOOR((
                                    `t6`.`day` + 719468
                                  ) / (
                                    146097
                                  )) AS BIGINT) * 146097
                                )
                              ) / (
                                146096
                              )
                            ) AS BIGINT)
                          ) / (
                            365
                          )
                        ) AS BIGINT)
                      ) / (
                        100
                      )
                    ) AS BIGINT)
                  )
                ) * 5
              ) + 2
            ) / (
              153
            )
          ) AS BIGINT) - 9
        ) <= 2,
        1,
        0
      )
    ) - `t7`.`birth_year` AS `age`,
    CAST(`t7`.`payer` = 'commercial' AS DOUBLE) AS `payer_commercial`,
    CAST(`t7`.`payer` = 'medicare' AS DOUBLE) AS `payer_medicare`,
    CAST(`t7`.`payer` = 'medicaid' AS DOUBLE) AS `payer_medicaid`,
    CAST(`t7`.`payer` = 'cash' AS DOUBLE) AS `payer_cash`,
    `t55`.`covered_30`,
    `t55`.`covered_90`,
    `t55`.`covered_180`,
    `t55`.`covered_365`,
    `t55`.`fills_180`,
    `t55`.`fills_365`,
    `t55`.`sum_3`,
    `t55`.`count_3`,
    `t55`.`sum_365`,
    `t55`.`count_365`,
    `t55`.`slow_365`,
    `t45`.`patient_late`,
    `t45`.`patient_late_730`,
    `t45`.`patient_refills_730`,
    `t45`.`patient_refills`,
    `t45`.`patient_lapses`,
    `t49`.`other_active`,
    `t49`.`same_class_active`,
    `t51`.`related_started`,
    `t51`.`related_before`,
    `t57`.`hba1c`,
    `t57`.`hba1c_mean`,
    `t57`.`hba1c_age`,
    `t44`.`recent_stay`
  FROM `rows` AS `t6`
  INNER JOIN (
    SELECT
      `t2`.`fill`,
      `t2`.`day`,
      `t2`.`days_supply`,
      `t2`.`imputed`,
      `t2`.`begin`,
      `t2`.`end`,
      `t2`.`run_out`,
      `t2`.`late`,
      `t2`.`lapse`,
      `t2`.`copay_month`,
      `t2`.`refills_remaining`,
      `t2`.`fill_number`,
      `t2`.`mail`
    FROM `fills` AS `t2`
  ) AS `t20`
    ON `t6`.`fill` = `t20`.`fill`
  INNER JOIN (
    SELECT
      `t3`.`series`,
      `t3`.`first_fill`,
      `t3`.`first_day`,
      `t3`.`kind`,
      `t3`.`drug`
    FROM `series` AS `t3`
  ) AS `t23`
    ON `t6`.`series` = `t23`.`series`
  INNER JOIN `patients` AS `t7`
    ON `t6`.`patient` = `t7`.`patient`
  LEFT OUTER JOIN (
    SELECT
      `t2`.`fill` + 1 AS `before`,
      `t2`.`series` AS `before_series`,
      `t2`.`copay_month` AS `before_copay`,
      `t2`.`days_supply` AS `before_supply`
    FROM `fills` AS `t2`
  ) AS `t27`
    ON `t6`.`fill` = `t27`.`before` AND `t6`.`series` = `t27`.`before_series`
  LEFT OUTER JOIN (
    SELECT
      `t53`.`row` AS `part_row`,
      `t53`.`covered_30`,
      `t53`.`covered_90`,
      `t53`.`covered_180`,
      `t53`.`covered_365`,
      `t53`.`fills_180`,
      `t53`.`fills_365`,
      `t53`.`sum_3`,
      `t53`.`count_3`,
      `t53`.`sum_365`,
      `t53`.`count_365`,
      `t53`.`slow_365`
    FROM (
      SELECT
        `t42`.`row`,
        SUM(
          GREATEST(
            0,
            LEAST(`t42`.`end`, `t42`.`known`) - GREATEST(`t42`.`begin`, GREATEST(`t42`.`known` - 30, `t42`.`first_day`))
          )
        ) AS `covered_30`,
        SUM(
          GREATEST(
            0,
            LEAST(`t42`.`end`, `t42`.`known`) - GREATEST(`t42`.`begin`, GREATEST(`t42`.`known` - 90, `t42`.`first_day`))
          )
        ) AS `covered_90`,
        SUM(
          GREATEST(
            0,
            LEAST(`t42`.`end`, `t42`.`known`) - GREATEST(`t42`.`begin`, GREATEST(`t42`.`known` - 180, `t42`.`first_day`))
          )
        ) AS `covered_180`,
        SUM(
          GREATEST(
            0,
            LEAST(`t42`.`end`, `t42`.`known`) - GREATEST(`t42`.`begin`, GREATEST(`t42`.`known` - 365, `t42`.`first_day`))
          )
        ) AS `covered_365`,
        SUM(CAST(`t42`.`day_right` > (
          `t42`.`known` - 180
        ) AS INT)) AS `fills_180`,
        SUM(CAST(`t42`.`day_right` > (
          `t42`.`known` - 365
        ) AS INT)) AS `fills_365`,
        SUM(
          IF(
            (
              `t42`.`fill` - `t42`.`fill_right`
            ) < 3,
            IF(
              IF(`t42`.`late` IS NULL, `t42`.`late`, LEAST(90, `t42`.`late`)) IS NULL,
              IF(`t42`.`late` IS NULL, `t42`.`late`, LEAST(90, `t42`.`late`)),
              GREATEST(-60, IF(`t42`.`late` IS NULL, `t42`.`late`, LEAST(90, `t42`.`late`)))
            ),
            NULL
          )
        ) AS `sum_3`,
        COUNT(IF((
          `t42`.`fill` - `t42`.`fill_right`
        ) < 3, `t42`.`late`, NULL)) AS `count_3`,
        SUM(
          IF(
            `t42`.`day_right` > (
              `t42`.`known` - 365
            ),
            IF(
              IF(`t42`.`late` IS NULL, `t42`.`late`, LEAST(90, `t42`.`late`)) IS NULL,
              IF(`t42`.`late` IS NULL, `t42`.`late`, LEAST(90, `t42`.`late`)),
              GREATEST(-60, IF(`t42`.`late` IS NULL, `t42`.`late`, LEAST(90, `t42`.`late`)))
            ),
            NULL
          )
        ) AS `sum_365`,
        COUNT(IF(`t42`.`day_right` > (
          `t42`.`known` - 365
        ), `t42`.`late`, NULL)) AS `count_365`,
        SUM(
          CAST(COALESCE(`t42`.`late` > 7, FALSE)
          AND (
            `t42`.`day_right` > (
              `t42`.`known` - 365
            )
          ) AS INT)
        ) AS `slow_365`
      FROM (
        SELECT
          `t6`.`row`,
          `t6`.`series`,
          `t6`.`patient`,
          `t6`.`fill`,
          `t6`.`day`,
          `t6`.`known`,
          `t6`.`run_out`,
          `t35`.`fill` AS `fill_right`,
          `t35`.`series` AS `series_right`,
          `t35`.`patient` AS `patient_right`,
          `t35`.`day` AS `day_right`,
          `t35`.`days_supply`,
          `t35`.`imputed`,
          `t35`.`begin`,
          `t35`.`end`,
          `t35`.`run_out` AS `run_out_right`,
          `t35`.`late`,
          `t35`.`lapse`,
          `t35`.`copay_month`,
          `t35`.`refills_remaining`,
          `t35`.`fill_number`,
          `t35`.`mail`,
          `t35`.`first_day`
        FROM `rows` AS `t6`
        INNER JOIN (
          SELECT
            `t8`.`fill`,
            `t8`.`series`,
            `t8`.`patient`,
            `t8`.`day`,
            `t8`.`days_supply`,
            `t8`.`imputed`,
            `t8`.`begin`,
            `t8`.`end`,
            `t8`.`run_out`,
            `t8`.`late`,
            `t8`.`lapse`,
            `t8`.`copay_month`,
            `t8`.`refills_remaining`,
            `t8`.`fill_number`,
            `t8`.`mail`,
            `t21`.`first_day`
          FROM `fills` AS `t8`
          INNER JOIN (
            SELECT
              `t3`.`series`,
              `t3`.`first_day`
            FROM `series` AS `t3`
          ) AS `t21`
            ON `t8`.`series` = `t21`.`series`
        ) AS `t35`
          ON `t6`.`series` = `t35`.`series`
          AND `t35`.`fill` <= `t6`.`fill`
          AND `t35`.`run_out` > (
            (
              `t6`.`known` - 365
            ) - 1
          )
      ) AS `t42`
      GROUP BY
        1
    ) AS `t53`
  ) AS `t55`
    ON `t6`.`row` = `t55`.`part_row`
  LEFT OUTER JOIN (
    SELECT
      `t37`.`row` AS `part_row`,
      `t37`.`total` AS `patient_late`,
      `t37`.`total_730` AS `patient_late_730`,
      `t37`.`refills_730` AS `patient_refills_730`,
      `t37`.`refills` AS `patient_refills`,
      `t37`.`lapses` AS `patient_lapses`
    FROM (
      SELECT
        `t29`.`patient`,
        `t29`.`day`,
        `t29`.`late`,
        `t29`.`lapsed`,
        `t29`.`row`,
        SUM(`t29`.`late`) OVER (
          PARTITION BY `t29`.`patient`
          ORDER BY `t29`.`day` ASC NULLS LAST
          RANGE BETWEEN 364 PRECEDING AND CURRENT ROW
        ) AS `total`,
        SUM(`t29`.`late`) OVER (
          PARTITION BY `t29`.`patient`
          ORDER BY `t29`.`day` ASC NULLS LAST
          RANGE BETWEEN 729 PRECEDING AND CURRENT ROW
        ) AS `total_730`,
        COUNT(`t29`.`late`) OVER (
          PARTITION BY `t29`.`patient`
          ORDER BY `t29`.`day` ASC NULLS LAST
          RANGE BETWEEN 729 PRECEDING AND CURRENT ROW
        ) AS `refills_730`,
        COUNT(`t29`.`late`) OVER (
          PARTITION BY `t29`.`patient`
          ORDER BY `t29`.`day` ASC NULLS LAST
          RANGE BETWEEN 364 PRECEDING AND CURRENT ROW
        ) AS `refills`,
        SUM(`t29`.`lapsed`) OVER (
          PARTITION BY `t29`.`patient`
          ORDER BY `t29`.`day` ASC NULLS LAST
          RANGE BETWEEN 364 PRECEDING AND CURRENT ROW
        ) AS `lapses`
      FROM (
        SELECT
          *
        FROM (
          SELECT
            *
          FROM (
            SELECT
              `t2`.`patient`,
              `t2`.`day`,
              IF(
                IF(`t2`.`late` IS NULL, `t2`.`late`, LEAST(90, `t2`.`late`)) IS NULL,
                IF(`t2`.`late` IS NULL, `t2`.`late`, LEAST(90, `t2`.`late`)),
                GREATEST(-60, IF(`t2`.`late` IS NULL, `t2`.`late`, LEAST(90, `t2`.`late`)))
              ) AS `late`,
              0 AS `lapsed`,
              CAST(NULL AS INT) AS `row`
            FROM `fills` AS `t2`
          ) AS `t18`
          UNION ALL
          SELECT
            *
          FROM (
            SELECT
              `t2`.`patient`,
              `t2`.`lapse` AS `day`,
              CAST(NULL AS INT) AS `late`,
              1 AS `lapsed`,
              CAST(NULL AS INT) AS `row`
            FROM `fills` AS `t2`
            WHERE
              `t2`.`lapse` IS NOT NULL
          ) AS `t19`
        ) AS `t28`
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            `t0`.`patient`,
            `t0`.`known` AS `day`,
            CAST(NULL AS INT) AS `late`,
            0 AS `lapsed`,
            `t0`.`row`
          FROM `rows` AS `t0`
        ) AS `t10`
      ) AS `t29`
    ) AS `t37`
    WHERE
      `t37`.`row` IS NOT NULL
  ) AS `t45`
    ON `t6`.`row` = `t45`.`part_row`
  LEFT OUTER JOIN (
    SELECT
      `t43`.`row` AS `part_row`,
      `t43`.`other_active`,
      `t43`.`same_class_active`
    FROM (
      SELECT
        `t34`.`row`,
        COUNT(`t34`.`row`) OVER (
          PARTITION BY `t34`.`patient`, `t34`.`day`
          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) - 1 AS `other_active`,
        COUNT(`t34`.`row`) OVER (
          PARTITION BY `t34`.`patient`, `t34`.`day`, `t34`.`kind`
          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) - 1 AS `same_class_active`
      FROM (
        SELECT
          `t6`.`row`,
          `t6`.`patient`,
          `t6`.`day`,
          `t22`.`kind`
        FROM `rows` AS `t6`
        INNER JOIN (
          SELECT
            `t3`.`series`,
            `t3`.`kind`
          FROM `series` AS `t3`
        ) AS `t22`
          ON `t6`.`series` = `t22`.`series`
      ) AS `t34`
    ) AS `t43`
  ) AS `t49`
    ON `t6`.`row` = `t49`.`part_row`
  LEFT OUTER JOIN (
    SELECT
      `t47`.`row` AS `part_row`,
      `t47`.`related_started`,
      `t47`.`related_before`
    FROM (
      SELECT
        `t36`.`row`,
        BOOL_OR(`t36`.`other_day` >= (
          `t36`.`run_out` - 30
        )) AS `related_started`,
        BOOL_OR(NOT (
          `t36`.`other_day` >= (
            `t36`.`run_out` - 30
          )
        )) AS `related_before`
      FROM (
        SELECT
          `t6`.`row`,
          `t6`.`series`,
          `t6`.`patient`,
          `t6`.`fill`,
          `t6`.`day`,
          `t6`.`known`,
          `t6`.`run_out`,
          `t24`.`kind`,
          `t24`.`drug`,
          `t25`.`other`,
          `t25`.`whose`,
          `t25`.`other_day`,
          `t25`.`other_kind`,
          `t25`.`other_drug`
        FROM `rows` AS `t6`
        INNER JOIN (
          SELECT
            `t3`.`series`,
            `t3`.`kind`,
            `t3`.`drug`
          FROM `series` AS `t3`
        ) AS `t24`
          ON `t6`.`series` = `t24`.`series`
        INNER JOIN (
          SELECT
            `t3`.`series` AS `other`,
            `t3`.`patient` AS `whose`,
            `t3`.`first_day` AS `other_day`,
            `t3`.`kind` AS `other_kind`,
            `t3`.`drug` AS `other_drug`
          FROM `series` AS `t3`
        ) AS `t25`
          ON `t6`.`patient` = `t25`.`whose`
          AND `t6`.`series` <> `t25`.`other`
          AND `t25`.`other_day` <= `t6`.`known`
          AND (
            (
              `t24`.`kind` = `t25`.`other_kind`
            )
            OR (
              `t24`.`drug` = `t25`.`other_drug`
            )
          )
      ) AS `t36`
      GROUP BY
        1
    ) AS `t47`
  ) AS `t51`
    ON `t6`.`row` = `t51`.`part_row`
  LEFT OUTER JOIN (
    SELECT
      `t52`.`row` AS `part_row`,
      `t52`.`hba1c`,
      `t52`.`total` / CAST(`t52`.`tests` * 1000 AS DOUBLE) AS `hba1c_mean`,
      `t52`.`day` - `t52`.`newest` AS `hba1c_age`
    FROM (
      SELECT
        `t48`.`row`,
        `t48`.`day`,
        MAX_BY(`t48`.`value`, `t48`.`lab_day`) AS `hba1c`,
        MAX(`t48`.`lab_day`) AS `newest`,
        SUM(CAST(ROUND(`t48`.`value` * 1000, 0) AS BIGINT)) AS `total`,
        COUNT(`t48`.`value`) AS `tests`
      FROM (
        SELECT
          *
        FROM (
          SELECT
            `t6`.`row`,
            `t6`.`series`,
            `t6`.`patient`,
            `t6`.`fill`,
            `t6`.`day`,
            `t6`.`known`,
            `t6`.`run_out`,
            `t32`.`lab_day`,
            `t32`.`value`
          FROM `rows` AS `t6`
          INNER JOIN (
            SELECT
              `t26`.`patient`,
              `t26`.`day` AS `lab_day`,
              `t26`.`value`
            FROM (
              SELECT
                `t5`.`patient`,
                `t5`.`day`,
                MAX(`t5`.`value`) AS `value`
              FROM `labs` AS `t5`
              GROUP BY
                1,
                2
            ) AS `t26`
          ) AS `t32`
            ON `t6`.`patient` = `t32`.`patient`
        ) AS `t39`
        WHERE
          `t39`.`lab_day` <= `t39`.`known` AND `t39`.`lab_day` >= (
            `t39`.`known` - 365
          )
      ) AS `t48`
      GROUP BY
        1,
        2
    ) AS `t52`
  ) AS `t57`
    ON `t6`.`row` = `t57`.`part_row`
  LEFT OUTER JOIN (
    SELECT
      `t38`.`row` AS `part_row`,
      1.0 AS `recent_stay`
    FROM (
      SELECT DISTINCT
        `t30`.`row`
      FROM (
        SELECT
          `t6`.`row`,
          `t6`.`series`,
          `t6`.`patient`,
          `t6`.`fill`,
          `t6`.`day`,
          `t6`.`known`,
          `t6`.`run_out`,
          `t9`.`admit`,
          `t9`.`discharge`
        FROM `rows` AS `t6`
        INNER JOIN `stays` AS `t9`
          ON `t6`.`patient` = `t9`.`patient`
      ) AS `t30`
      WHERE
        `t30`.`admit` <= `t30`.`known` AND `t30`.`discharge` > (
          `t30`.`known` - 90
        )
    ) AS `t38`
  ) AS `t44`
    ON `t6`.`row` = `t44`.`part_row`
) AS `t58`
