SELECT
  `t22`.`row`,
  CAST(IF(
    IF(
      (
        `t22`.`run_out` - `t22`.`day`
      ) IS NULL,
      `t22`.`run_out` - `t22`.`day`,
      LEAST(365, `t22`.`run_out` - `t22`.`day`)
    ) IS NULL,
    IF(
      (
        `t22`.`run_out` - `t22`.`day`
      ) IS NULL,
      `t22`.`run_out` - `t22`.`day`,
      LEAST(365, `t22`.`run_out` - `t22`.`day`)
    ),
    GREATEST(
      -365,
      IF(
        (
          `t22`.`run_out` - `t22`.`day`
        ) IS NULL,
        `t22`.`run_out` - `t22`.`day`,
        LEAST(365, `t22`.`run_out` - `t22`.`day`)
      )
    )
  ) AS DOUBLE) AS `days_left`,
  CAST(`t22`.`day` - `t22`.`fill_day` AS DOUBLE) AS `days_since_fill`,
  CAST(`t22`.`days_supply` AS DOUBLE) AS `last_days_supply`,
  CAST(`t22`.`days_supply` - `t22`.`before_supply` AS DOUBLE) AS `days_supply_change`,
  CAST(`t22`.`imputed` AS DOUBLE) AS `supply_imputed`,
  CAST(`t22`.`fills_180` AS DOUBLE) AS `fills_180`,
  CAST(`t22`.`fills_365` AS DOUBLE) AS `fills_365`,
  IF(
    IF(`t22`.`fill_number` IS NULL, `t22`.`fill_number`, LEAST(24, `t22`.`fill_number`)) IS NULL,
    IF(`t22`.`fill_number` IS NULL, `t22`.`fill_number`, LEAST(24, `t22`.`fill_number`)),
    GREATEST(
      0,
      IF(`t22`.`fill_number` IS NULL, `t22`.`fill_number`, LEAST(24, `t22`.`fill_number`))
    )
  ) AS `fill_number`,
  `t22`.`covered_30` / CAST(GREATEST(1, LEAST(30, `t22`.`known` - `t22`.`first_day`)) AS DOUBLE) AS `pdc_30`,
  `t22`.`covered_90` / CAST(GREATEST(1, LEAST(90, `t22`.`known` - `t22`.`first_day`)) AS DOUBLE) AS `pdc_90`,
  `t22`.`covered_180` / CAST(GREATEST(1, LEAST(180, `t22`.`known` - `t22`.`first_day`)) AS DOUBLE) AS `pdc_180`,
  `t22`.`covered_365` / CAST(GREATEST(1, LEAST(365, `t22`.`known` - `t22`.`first_day`)) AS DOUBLE) AS `pdc_365`,
  CAST(IF(
    IF(`t22`.`late` IS NULL, `t22`.`late`, LEAST(90, `t22`.`late`)) IS NULL,
    IF(`t22`.`late` IS NULL, `t22`.`late`, LEAST(90, `t22`.`late`)),
    GREATEST(-60, IF(`t22`.`late` IS NULL, `t22`.`late`, LEAST(90, `t22`.`late`)))
  ) AS DOUBLE) AS `late_last`,
  `t22`.`late_3` / CAST(NULLIF(`t22`.`refills_3`, 0) AS DOUBLE) AS `late_mean_3`,
  `t22`.`late_365` / CAST(NULLIF(`t22`.`refills_365`, 0) AS DOUBLE) AS `late_mean_365`,
  `t22`.`slow_365` / CAST(GREATEST(`t22`.`fills_365`, 1) AS DOUBLE) AS `late_share_365`,
  `t22`.`patient_late_365` / CAST(NULLIF(`t22`.`patient_refills_365`, 0) AS DOUBLE) AS `patient_late_mean`,
  `t22`.`patient_late_730` / CAST(NULLIF(`t22`.`patient_refills_730`, 0) AS DOUBLE) AS `patient_late_mean_730`,
  CAST(`t22`.`patient_refills_365` AS DOUBLE) AS `patient_refills`,
  CAST(`t22`.`patient_lapses_365` AS DOUBLE) AS `patient_lapses`,
  CAST(`t22`.`patient_refills_730` AS DOUBLE) AS `patient_refills_730`,
  `t22`.`patient_slow_730` / CAST(`t22`.`patient_refills_730` + 3 AS DOUBLE) AS `patient_late_share_730`,
  CAST(`t22`.`patient_lapses_730` AS DOUBLE) AS `patient_lapses_730`,
  CAST(`t22`.`number` = 1 AS DOUBLE) AS `first_fill`,
  CAST(`t22`.`number` = 2 AS DOUBLE) AS `second_fill`,
  `t22`.`copay_month`,
  IF(
    IF(
      (
        (
          `t22`.`copay_month` + 1
        ) / (
          `t22`.`before_copay` + 1
        )
      ) IS NULL,
      (
        `t22`.`copay_month` + 1
      ) / (
        `t22`.`before_copay` + 1
      ),
      LEAST(10.0, (
        `t22`.`copay_month` + 1
      ) / (
        `t22`.`before_copay` + 1
      ))
    ) IS NULL,
    IF(
      (
        (
          `t22`.`copay_month` + 1
        ) / (
          `t22`.`before_copay` + 1
        )
      ) IS NULL,
      (
        `t22`.`copay_month` + 1
      ) / (
        `t22`.`before_copay` + 1
      ),
      LEAST(10.0, (
        `t22`.`copay_month` + 1
      ) / (
        `t22`.`before_copay` + 1
      ))
    ),
    GREATEST(
      0.1,
      IF(
        (
          (
            `t22`.`copay_month` + 1
          ) / (
            `t22`.`before_copay` + 1
          )
        ) IS NULL,
        (
          `t22`.`copay_month` + 1
        ) / (
          `t22`.`before_copay` + 1
        ),
        LEAST(10.0, (
          `t22`.`copay_month` + 1
        ) / (
          `t22`.`before_copay` + 1
        ))
      )
    )
  ) AS `copay_change`,
  `t22`.`refills_remaining`,
  `t22`.`mail`,
  CAST(IF(
    CAST(FLOOR(
      (
        (
          (
            (
              (
                `t22`.`run_out` + 719468
              ) - (
                CAST(FLOOR((
                  `t22`.`run_out` + 719468
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
                              `t22`.`run_out` + 719468
                            ) - (
                              CAST(FLOOR((
                                `t22`.`run_out` + 719468
                              ) / (
                                146097
                              )) AS BIGINT) * 146097
                            )
                          ) - CAST(FLOOR(
                            (
                              (
                                `t22`.`run_out` + 719468
                              ) - (
                                CAST(FLOOR((
                                  `t22`.`run_out` + 719468
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
                              `t22`.`run_out` + 719468
                            ) - (
                              CAST(FLOOR((
                                `t22`.`run_out` + 719468
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
                            `t22`.`run_out` + 719468
                          ) - (
                            CAST(FLOOR((
                              `t22`.`run_out` + 719468
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
                                `t22`.`run_out` + 719468
                              ) - (
                                CAST(FLOOR((
                                  `t22`.`run_out` + 719468
                                ) / (
                                  146097
                                )) AS BIGINT) * 146097
                              )
                            ) - CAST(FLOOR(
                              (
                                (
                                  `t22`.`run_out` + 719468
                                ) - (
                                  CAST(FLOOR((
                                    `t22`.`run_out` + 719468
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
                                `t22`.`run_out` + 719468
                              ) - (
                                CAST(FLOOR((
                                  `t22`.`run_out` + 719468
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
                              `t22`.`run_out` + 719468
                            ) - (
                              CAST(FLOOR((
                                `t22`.`run_out` + 719468
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
                              `t22`.`run_out` + 719468
                            ) - (
                              CAST(FLOOR((
                                `t22`.`run_out` + 719468
                              ) / (
                                146097
                              )) AS BIGINT) * 146097
                            )
                          ) - CAST(FLOOR(
                            (
                              (
                                `t22`.`run_out` + 719468
                              ) - (
                                CAST(FLOOR((
                                  `t22`.`run_out` + 719468
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
                              `t22`.`run_out` + 719468
                            ) - (
                              CAST(FLOOR((
                                `t22`.`run_out` + 719468
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
                            `t22`.`run_out` + 719468
                          ) - (
                            CAST(FLOOR((
                              `t22`.`run_out` + 719468
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
                `t22`.`run_out` + 719468
              ) - (
                CAST(FLOOR((
                  `t22`.`run_out` + 719468
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
                              `t22`.`run_out` + 719468
                            ) - (
                              CAST(FLOOR((
                                `t22`.`run_out` + 719468
                              ) / (
                                146097
                              )) AS BIGINT) * 146097
                            )
                          ) - CAST(FLOOR(
                            (
                              (
                                `t22`.`run_out` + 719468
                              ) - (
                                CAST(FLOOR((
                                  `t22`.`run_out` + 719468
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
                              `t22`.`run_out` + 719468
                            ) - (
                              CAST(FLOOR((
                                `t22`.`run_out` + 719468
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
                            `t22`.`run_out` + 719468
                          ) - (
                            CAST(FLOOR((
                              `t22`.`run_out` + 719468
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
                                `t22`.`run_out` + 719468
                              ) - (
                                CAST(FLOOR((
                                  `t22`.`run_out` + 719468
                                ) / (
                                  146097
                                )) AS BIGINT) * 146097
                              )
                            ) - CAST(FLOOR(
                              (
                                (
                                  `t22`.`run_out` + 719468
                                ) - (
                                  CAST(FLOOR((
                                    `t22`.`run_out` + 719468
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
                                `t22`.`run_out` + 719468
                              ) - (
                                CAST(FLOOR((
                                  `t22`.`run_out` + 719468
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
                              `t22`.`run_out` + 719468
                            ) - (
                              CAST(FLOOR((
                                `t22`.`run_out` + 719468
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
                              `t22`.`run_out` + 719468
                            ) - (
                              CAST(FLOOR((
                                `t22`.`run_out` + 719468
                              ) / (
                                146097
                              )) AS BIGINT) * 146097
                            )
                          ) - CAST(FLOOR(
                            (
                              (
                                `t22`.`run_out` + 719468
                              ) - (
                                CAST(FLOOR((
                                  `t22`.`run_out` + 719468
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
                              `t22`.`run_out` + 719468
                            ) - (
                              CAST(FLOOR((
                                `t22`.`run_out` + 719468
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
                            `t22`.`run_out` + 719468
                          ) - (
                            CAST(FLOOR((
                              `t22`.`run_out` + 719468
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
                `t22`.`run_out` + 719468
              ) - (
                CAST(FLOOR((
                  `t22`.`run_out` + 719468
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
                              `t22`.`run_out` + 719468
                            ) - (
                              CAST(FLOOR((
                                `t22`.`run_out` + 719468
                              ) / (
                                146097
                              )) AS BIGINT) * 146097
                            )
                          ) - CAST(FLOOR(
                            (
                              (
                                `t22`.`run_out` + 719468
                              ) - (
                                CAST(FLOOR((
                                  `t22`.`run_out` + 719468
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
                              `t22`.`run_out` + 719468
                            ) - (
                              CAST(FLOOR((
                                `t22`.`run_out` + 719468
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
                            `t22`.`run_out` + 719468
                          ) - (
                            CAST(FLOOR((
                              `t22`.`run_out` + 719468
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
                                `t22`.`run_out` + 719468
                              ) - (
                                CAST(FLOOR((
                                  `t22`.`run_out` + 719468
                                ) / (
                                  146097
                                )) AS BIGINT) * 146097
                              )
                            ) - CAST(FLOOR(
                              (
                                (
                                  `t22`.`run_out` + 719468
                                ) - (
                                  CAST(FLOOR((
                                    `t22`.`run_out` + 719468
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
                                `t22`.`run_out` + 719468
                              ) - (
                                CAST(FLOOR((
                                  `t22`.`run_out` + 719468
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
                              `t22`.`run_out` + 719468
                            ) - (
                              CAST(FLOOR((
                                `t22`.`run_out` + 719468
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
                              `t22`.`run_out` + 719468
                            ) - (
                              CAST(FLOOR((
                                `t22`.`run_out` + 719468
                              ) / (
                                146097
                              )) AS BIGINT) * 146097
                            )
                          ) - CAST(FLOOR(
                            (
                              (
                                `t22`.`run_out` + 719468
                              ) - (
                                CAST(FLOOR((
                                  `t22`.`run_out` + 719468
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
                              `t22`.`run_out` + 719468
                            ) - (
                              CAST(FLOOR((
                                `t22`.`run_out` + 719468
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
                            `t22`.`run_out` + 719468
                          ) - (
                            CAST(FLOOR((
                              `t22`.`run_out` + 719468
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
  ) <= 2 AS DOUBLE) AS `reset_months`,
  CAST(`t22`.`others` AS DOUBLE) AS `other_active`,
  CAST(`t22`.`class_others` AS DOUBLE) AS `same_class_active`,
  CAST(`t22`.`others_overdue` AS DOUBLE) AS `other_overdue`,
  CAST(COALESCE(`t22`.`related_started`, FALSE) AS DOUBLE) AS `related_started`,
  CAST(COALESCE(`t22`.`related_before`, FALSE) AS DOUBLE) AS `related_before`,
  CAST(COALESCE(`t22`.`recent_stay`, FALSE) AS DOUBLE) AS `recent_stay`,
  `t22`.`hba1c`,
  `t22`.`hba1c_total` / CAST(NULLIF(`t22`.`hba1c_tests`, 0) * 1000 AS DOUBLE) AS `hba1c_mean`,
  CAST(`t22`.`day` - `t22`.`hba1c_day` AS DOUBLE) AS `hba1c_age`,
  CAST((
    CAST(FLOOR(
      (
        (
          (
            (
              (
                `t22`.`day` + 719468
              ) - (
                CAST(FLOOR((
                  `t22`.`day` + 719468
                ) / (
                  146097
                )) AS BIGINT) * 146097
              )
            ) - CAST(FLOOR(
              (
                (
                  `t22`.`day` + 719468
                ) - (
                  CAST(FLOOR((
                    `t22`.`day` + 719468
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
                `t22`.`day` + 719468
              ) - (
                CAST(FLOOR((
                  `t22`.`day` + 719468
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
              `t22`.`day` + 719468
            ) - (
              CAST(FLOOR((
                `t22`.`day` + 719468
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
        `t22`.`day` + 719468
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
                    `t22`.`day` + 719468
                  ) - (
                    CAST(FLOOR((
                      `t22`.`day` + 719468
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
                                  `t22`.`day` + 719468
                                ) - (
                                  CAST(FLOOR((
                                    `t22`.`day` + 719468
                                  ) / (
                                    146097
                                  )) AS BIGINT) * 146097
                                )
                              ) - CAST(FLOOR(
                                (
                                  (
                                    `t22`.`day` + 719468
                                  ) - (
                                    CAST(FLOOR((
                                      `t22`.`day` + 719468
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
                                  `t22`.`day` + 719468
                                ) - (
                                  CAST(FLOOR((
                                    `t22`.`day` + 719468
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
                                `t22`.`day` + 719468
                              ) - (
                                CAST(FLOOR((
                                  `t22`.`day` + 719468
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
                                    `t22`.`day` + 719468
                                  ) - (
                                    CAST(FLOOR((
                                      `t22`.`day` + 719468
                                    ) / (
                                      146097
                                    )) AS BIGINT) * 146097
                                  )
                                ) - CAST(FLOOR(
                                  (
                                    (
                                      `t22`.`day` + 719468
                                    ) - (
                                      CAST(FLOOR((
                                        `t22`.`day` + 719468
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
                                    `t22`.`day` + 719468
                                  ) - (
                                    CAST(FLOOR((
                                      `t22`.`day` + 719468
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
                                  `t22`.`day` + 719468
                                ) - (
                                  CAST(FLOOR((
                                    `t22`.`day` + 719468
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
                                  `t22`.`day` + 719468
                                ) - (
                                  CAST(FLOOR((
                                    `t22`.`day` + 719468
                                  ) / (
                                    146097
                                  )) AS BIGINT) * 146097
                                )
                              ) - CAST(FLOOR(
                                (
                                  (
                                    `t22`.`day` + 719468
                                  ) - (
                                    CAST(FLOOR((
                                      `t22`.`day` + 719468
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
                                  `t22`.`day` + 719468
                                ) - (
                                  CAST(FLOOR((
                                    `t22`.`day` + 719468
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
                                `t22`.`day` + 719468
                              ) - (
                                CAST(FLOOR((
                                  `t22`.`day` + 719468
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
                    `t22`.`day` + 719468
                  ) - (
                    CAST(FLOOR((
                      `t22`.`day` + 719468
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
                                  `t22`.`day` + 719468
                                ) - (
                                  CAST(FLOOR((
                                    `t22`.`day` + 719468
                                  ) / (
                                    146097
                                  )) AS BIGINT) * 146097
                                )
                              ) - CAST(FLOOR(
                                (
                                  (
                                    `t22`.`day` + 719468
                                  ) - (
                                    CAST(FLOOR((
                                      `t22`.`day` + 719468
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
                                  `t22`.`day` + 719468
                                ) - (
                                  CAST(FLOOR((
                                    `t22`.`day` + 719468
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
                                `t22`.`day` + 719468
                              ) - (
                                CAST(FLOOR((
                                  `t22`.`day` + 719468
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
                                    `t22`.`day` + 719468
                                  ) - (
                                    CAST(FLOOR((
                                      `t22`.`day` + 719468
                                    ) / (
                                      146097
                                    )) AS BIGINT) * 146097
                                  )
                                ) - CAST(FLOOR(
                                  (
                                    (
                                      `t22`.`day` + 719468
                                    ) - (
                                      CAST(FLOOR((
                                        `t22`.`day` + 719468
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
                                    `t22`.`day` + 719468
                                  ) - (
                                    CAST(FLOOR((
                                      `t22`.`day` + 719468
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
                                  `t22`.`day` + 719468
                                ) - (
                                  CAST(FLOOR((
                                    `t22`.`day` + 719468
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
                                  `t22`.`day` + 719468
                                ) - (
                                  CAST(FLOOR((
                                    `t22`.`day` + 719468
                                  ) / (
                                    146097
                                  )) AS BIGINT) * 146097
                                )
                              ) - CAST(FLOOR(
                                (
                                  (
                                    `t22`.`day` + 719468
                                  ) - (
                                    CAST(FLOOR((
                                      `t22`.`day` + 719468
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
                                  `t22`.`day` + 719468
                                ) - (
                                  CAST(FLOOR((
                                    `t22`.`day` + 719468
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
                                `t22`.`day` + 719468
                              ) - (
                                CAST(FLOOR((
                                  `t22`.`day` + 719468
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
                    `t22`.`day` + 719468
                  ) - (
                    CAST(FLOOR((
                      `t22`.`day` + 719468
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
                                  `t22`.`day` + 719468
                                ) - (
                                  CAST(FLOOR((
                                    `t22`.`day` + 719468
                                  ) / (
                                    146097
                                  )) AS BIGINT) * 146097
                                )
                              ) - CAST(FLOOR(
                                (
                                  (
                                    `t22`.`day` + 719468
                                  ) - (
                                    CAST(FLOOR((
                                      `t22`.`day` + 719468
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
                                  `t22`.`day` + 719468
                                ) - (
                                  CAST(FLOOR((
                                    `t22`.`day` + 719468
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
                                `t22`.`day` + 719468
                              ) - (
                                CAST(FLOOR((
                                  `t22`.`day` + 719468
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
                                    `t22`.`day` + 719468
                                  ) - (
                                    CAST(FLOOR((
                                      `t22`.`day` + 719468
                                    ) / (
                                      146097
                                    )) AS BIGINT) * 146097
                                  )
                                ) - CAST(FLOOR(
                                  (
                                    (
                                      `t22`.`day` + 719468
                                    ) - (
                                      CAST(FLOOR((
                                        `t22`.`day` + 719468
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
                                    `t22`.`day` + 719468
                                  ) - (
                                    CAST(FLOOR((
                                      `t22`.`day` + 719468
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
                                  `t22`.`day` + 719468
                                ) - (
                                  CAST(FLOOR((
                                    `t22`.`day` + 719468
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
                                  `t22`.`day` + 719468
                                ) - (
                                  CAST(FLOOR((
                                    `t22`.`day` + 719468
                                  ) / (
                                    146097
                                  )) AS BIGINT) * 146097
                                )
                              ) - CAST(FLOOR(
                                (
                                  (
                                    `t22`.`day` + 719468
                                  ) - (
                                    CAST(FLOOR((
                                      `t22`.`day` + 719468
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
                                  `t22`.`day` + 719468
                                ) - (
                                  CAST(FLOOR((
                                    `t22`.`day` + 719468
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
                                `t22`.`day` + 719468
                              ) - (
                                CAST(FLOOR((
                                  `t22`.`day` + 719468
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
  ) - `t22`.`birth_year` AS DOUBLE) AS `age`,
  `t22`.`female`,
  `t22`.`depression`,
  `t22`.`n_comorbidities`,
  `t22`.`n_chronic_meds`,
  `t22`.`payer_commercial`,
  `t22`.`payer_medicare`,
  `t22`.`payer_medicaid`,
  `t22`.`payer_cash`
FROM (
  SELECT
    `t4`.`row`,
    `t4`.`series`,
    `t4`.`patient`,
    `t4`.`kind`,
    `t4`.`drug`,
    `t4`.`day`,
    `t4`.`known`,
    `t4`.`first_day`,
    `t4`.`number`,
    `t4`.`run_out`,
    `t4`.`fill_day`,
    `t4`.`days_supply`,
    `t4`.`imputed`,
    `t4`.`late`,
    `t4`.`copay_month`,
    `t4`.`refills_remaining`,
    `t4`.`fill_number`,
    `t4`.`mail`,
    `t4`.`before_supply`,
    `t4`.`before_copay`,
    `t4`.`covered_30`,
    `t4`.`covered_90`,
    `t4`.`covered_180`,
    `t4`.`covered_365`,
    `t4`.`fills_180`,
    `t4`.`fills_365`,
    `t4`.`late_3`,
    `t4`.`refills_3`,
    `t4`.`late_365`,
    `t4`.`refills_365`,
    `t4`.`slow_365`,
    `t4`.`patient_late_365`,
    `t4`.`patient_refills_365`,
    `t4`.`patient_late_730`,
    `t4`.`patient_refills_730`,
    `t4`.`patient_slow_730`,
    `t4`.`patient_lapses_365`,
    `t4`.`patient_lapses_730`,
    `t4`.`others`,
    `t4`.`class_others`,
    `t4`.`others_overdue`,
    `t4`.`hba1c`,
    `t4`.`hba1c_day`,
    `t4`.`hba1c_tests`,
    `t4`.`hba1c_total`,
    `t13`.`birth_year`,
    `t13`.`female`,
    `t13`.`depression`,
    `t13`.`n_comorbidities`,
    `t13`.`n_chronic_meds`,
    `t13`.`payer_commercial`,
    `t13`.`payer_medicare`,
    `t13`.`payer_medicaid`,
    `t13`.`payer_cash`,
    `t21`.`related_started`,
    `t21`.`related_before`,
    `t18`.`recent_stay`
  FROM `rows` AS `t4`
  INNER JOIN (
    SELECT
      `t1`.`patient`,
      `t1`.`birth_year`,
      `t1`.`female`,
      `t1`.`depression`,
      `t1`.`n_comorbidities`,
      `t1`.`n_chronic_meds`,
      CAST(`t1`.`payer` = 'commercial' AS DOUBLE) AS `payer_commercial`,
      CAST(`t1`.`payer` = 'medicare' AS DOUBLE) AS `payer_medicare`,
      CAST(`t1`.`payer` = 'medicaid' AS DOUBLE) AS `payer_medicaid`,
      CAST(`t1`.`payer` = 'cash' AS DOUBLE) AS `payer_cash`
    FROM `patients` AS `t1`
  ) AS `t13`
    ON `t4`.`patient` = `t13`.`patient`
  LEFT OUTER JOIN (
    SELECT
      `t19`.`row` AS `part_row`,
      `t19`.`related_started`,
      `t19`.`related_before`
    FROM (
      SELECT
        `t15`.`row`,
        BOOL_OR(`t15`.`other_day` >= (
          `t15`.`run_out` - 30
        )) AS `related_started`,
        BOOL_OR(NOT (
          `t15`.`other_day` >= (
            `t15`.`run_out` - 30
          )
        )) AS `related_before`
      FROM (
        SELECT
          `t10`.`row`,
          `t10`.`patient`,
          `t10`.`series`,
          `t10`.`known`,
          `t10`.`run_out`,
          `t10`.`kind`,
          `t10`.`drug`,
          `t11`.`other`,
          `t11`.`whose`,
          `t11`.`other_day`,
          `t11`.`other_kind`,
          `t11`.`other_drug`
        FROM (
          SELECT
            `t0`.`row`,
            `t0`.`patient`,
            `t0`.`series`,
            `t0`.`known`,
            `t0`.`run_out`,
            `t0`.`kind`,
            `t0`.`drug`
          FROM `rows` AS `t0`
        ) AS `t10`
        INNER JOIN (
          SELECT
            `t3`.`series` AS `other`,
            `t3`.`patient` AS `whose`,
            `t3`.`first_day` AS `other_day`,
            `t3`.`kind` AS `other_kind`,
            `t3`.`drug` AS `other_drug`
          FROM `series` AS `t3`
        ) AS `t11`
          ON `t10`.`patient` = `t11`.`whose`
          AND `t10`.`series` <> `t11`.`other`
          AND `t11`.`other_day` <= `t10`.`known`
          AND `t11`.`other_day` > (
            `t10`.`known` - 365
          )
          AND (
            (
              `t10`.`kind` = `t11`.`other_kind`
            )
            OR (
              `t10`.`drug` = `t11`.`other_drug`
            )
          )
      ) AS `t15`
      GROUP BY
        1
    ) AS `t19`
  ) AS `t21`
    ON `t4`.`row` = `t21`.`part_row`
  LEFT OUTER JOIN (
    SELECT
      `t16`.`row` AS `part_row`,
      TRUE AS `recent_stay`
    FROM (
      SELECT DISTINCT
        `t14`.`row`
      FROM (
        SELECT
          `t9`.`row`,
          `t9`.`patient`,
          `t9`.`known`,
          `t5`.`admit`,
          `t5`.`discharge`
        FROM (
          SELECT
            `t0`.`row`,
            `t0`.`patient`,
            `t0`.`known`
          FROM `rows` AS `t0`
        ) AS `t9`
        INNER JOIN `stays` AS `t5`
          ON `t9`.`patient` = `t5`.`patient`
      ) AS `t14`
      WHERE
        `t14`.`admit` <= `t14`.`known` AND `t14`.`discharge` > (
          `t14`.`known` - 90
        )
    ) AS `t16`
  ) AS `t18`
    ON `t4`.`row` = `t18`.`part_row`
) AS `t22`
