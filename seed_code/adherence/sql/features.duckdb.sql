SELECT
  "t89"."row",
  CAST("t89"."days_left" AS DOUBLE) AS "days_left",
  CAST("t89"."days_since_fill" AS DOUBLE) AS "days_since_fill",
  CAST("t89"."last_days_supply" AS DOUBLE) AS "last_days_supply",
  CAST("t89"."days_supply_change" AS DOUBLE) AS "days_supply_change",
  CAST("t89"."supply_imputed" AS DOUBLE) AS "supply_imputed",
  CAST("t89"."fills_180" AS DOUBLE) AS "fills_180",
  CAST("t89"."fills_365" AS DOUBLE) AS "fills_365",
  "t89"."fill_number",
  "t89"."covered_30" / CAST(GREATEST(1, LEAST(30, "t89"."observed")) AS DOUBLE) AS "pdc_30",
  "t89"."covered_90" / CAST(GREATEST(1, LEAST(90, "t89"."observed")) AS DOUBLE) AS "pdc_90",
  "t89"."covered_180" / CAST(GREATEST(1, LEAST(180, "t89"."observed")) AS DOUBLE) AS "pdc_180",
  "t89"."covered_365" / CAST(GREATEST(1, LEAST(365, "t89"."observed")) AS DOUBLE) AS "pdc_365",
  CAST("t89"."late_last" AS DOUBLE) AS "late_last",
  "t89"."sum_3" / CAST(NULLIF("t89"."count_3", 0) AS DOUBLE) AS "late_mean_3",
  "t89"."sum_365" / CAST(NULLIF("t89"."count_365", 0) AS DOUBLE) AS "late_mean_365",
  "t89"."slow_365" / CAST(GREATEST("t89"."fills_365", 1) AS DOUBLE) AS "late_share_365",
  "t89"."patient_late" / CAST(NULLIF("t89"."patient_refills", 0) AS DOUBLE) AS "patient_late_mean",
  CAST("t89"."patient_refills" AS DOUBLE) AS "patient_refills",
  CAST("t89"."patient_lapses" AS DOUBLE) AS "patient_lapses",
  CAST("t89"."first_fill" AS DOUBLE) AS "first_fill",
  CAST("t89"."second_fill" AS DOUBLE) AS "second_fill",
  "t89"."copay_month",
  "t89"."copay_change",
  "t89"."refills_remaining",
  "t89"."mail",
  CAST("t89"."reset_months" AS DOUBLE) AS "reset_months",
  CAST("t89"."other_active" AS DOUBLE) AS "other_active",
  CAST("t89"."same_class_active" AS DOUBLE) AS "same_class_active",
  CAST("t89"."related_started" AS DOUBLE) AS "related_started",
  CAST("t89"."related_before" AS DOUBLE) AS "related_before",
  "t89"."recent_stay",
  "t89"."hba1c",
  "t89"."hba1c_mean",
  CAST("t89"."hba1c_age" AS DOUBLE) AS "hba1c_age",
  CAST("t89"."age" AS DOUBLE) AS "age",
  "t89"."female",
  "t89"."depression",
  "t89"."n_comorbidities",
  "t89"."n_chronic_meds",
  "t89"."payer_commercial",
  "t89"."payer_medicare",
  "t89"."payer_medicaid",
  "t89"."payer_cash"
FROM (
  SELECT
    "t88".*
    EXCLUDE ("part_row")
  FROM (
    SELECT
      "t87"."row",
      "t87"."observed",
      "t87"."days_left",
      "t87"."days_since_fill",
      "t87"."last_days_supply",
      "t87"."days_supply_change",
      "t87"."supply_imputed",
      "t87"."late_last",
      "t87"."fill_number",
      "t87"."first_fill",
      "t87"."second_fill",
      "t87"."copay_month",
      "t87"."copay_change",
      "t87"."refills_remaining",
      "t87"."mail",
      "t87"."reset_months",
      "t87"."covered_30",
      "t87"."covered_90",
      "t87"."covered_180",
      "t87"."covered_365",
      "t87"."fills_180",
      "t87"."fills_365",
      "t87"."sum_3",
      "t87"."count_3",
      "t87"."sum_365",
      "t87"."count_365",
      "t87"."slow_365",
      "t87"."patient_late",
      "t87"."patient_refills",
      "t87"."patient_lapses",
      "t87"."other_active",
      "t87"."same_class_active",
      "t87"."related_started",
      "t87"."related_before",
      "t87"."hba1c",
      "t87"."hba1c_mean",
      "t87"."hba1c_age",
      "t87"."recent_stay",
      "t72"."part_row",
      "t72"."female",
      "t72"."depression",
      "t72"."n_comorbidities",
      "t72"."n_chronic_meds",
      "t72"."age",
      "t72"."payer_commercial",
      "t72"."payer_medicare",
      "t72"."payer_medicaid",
      "t72"."payer_cash"
    FROM (
      SELECT
        "t85".*
        EXCLUDE ("part_row")
      FROM (
        SELECT
          "t84"."row",
          "t84"."observed",
          "t84"."days_left",
          "t84"."days_since_fill",
          "t84"."last_days_supply",
          "t84"."days_supply_change",
          "t84"."supply_imputed",
          "t84"."late_last",
          "t84"."fill_number",
          "t84"."first_fill",
          "t84"."second_fill",
          "t84"."copay_month",
          "t84"."copay_change",
          "t84"."refills_remaining",
          "t84"."mail",
          "t84"."reset_months",
          "t84"."covered_30",
          "t84"."covered_90",
          "t84"."covered_180",
          "t84"."covered_365",
          "t84"."fills_180",
          "t84"."fills_365",
          "t84"."sum_3",
          "t84"."count_3",
          "t84"."sum_365",
          "t84"."count_365",
          "t84"."slow_365",
          "t84"."patient_late",
          "t84"."patient_refills",
          "t84"."patient_lapses",
          "t84"."other_active",
          "t84"."same_class_active",
          "t84"."related_started",
          "t84"."related_before",
          "t84"."hba1c",
          "t84"."hba1c_mean",
          "t84"."hba1c_age",
          "t57"."part_row",
          "t57"."recent_stay"
        FROM (
          SELECT
            "t82".*
            EXCLUDE ("part_row")
          FROM (
            SELECT
              "t81"."row",
              "t81"."observed",
              "t81"."days_left",
              "t81"."days_since_fill",
              "t81"."last_days_supply",
              "t81"."days_supply_change",
              "t81"."supply_imputed",
              "t81"."late_last",
              "t81"."fill_number",
              "t81"."first_fill",
              "t81"."second_fill",
              "t81"."copay_month",
              "t81"."copay_change",
              "t81"."refills_remaining",
              "t81"."mail",
              "t81"."reset_months",
              "t81"."covered_30",
              "t81"."covered_90",
              "t81"."covered_180",
              "t81"."covered_365",
              "t81"."fills_180",
              "t81"."fills_365",
              "t81"."sum_3",
              "t81"."count_3",
              "t81"."sum_365",
              "t81"."count_365",
              "t81"."slow_365",
              "t81"."patient_late",
              "t81"."patient_refills",
              "t81"."patient_lapses",
              "t81"."other_active",
              "t81"."same_class_active",
              "t81"."related_started",
              "t81"."related_before",
              "t66"."part_row",
              "t66"."hba1c",
              "t66"."hba1c_mean",
              "t66"."hba1c_age"
            FROM (
              SELECT
                "t79".*
                EXCLUDE ("part_row")
              FROM (
                SELECT
                  "t78"."row",
                  "t78"."observed",
                  "t78"."days_left",
                  "t78"."days_since_fill",
                  "t78"."last_days_supply",
                  "t78"."days_supply_change",
                  "t78"."supply_imputed",
                  "t78"."late_last",
                  "t78"."fill_number",
                  "t78"."first_fill",
                  "t78"."second_fill",
                  "t78"."copay_month",
                  "t78"."copay_change",
                  "t78"."refills_remaining",
                  "t78"."mail",
                  "t78"."reset_months",
                  "t78"."covered_30",
                  "t78"."covered_90",
                  "t78"."covered_180",
                  "t78"."covered_365",
                  "t78"."fills_180",
                  "t78"."fills_365",
                  "t78"."sum_3",
                  "t78"."count_3",
                  "t78"."sum_365",
                  "t78"."count_365",
                  "t78"."slow_365",
                  "t78"."patient_late",
                  "t78"."patient_refills",
                  "t78"."patient_lapses",
                  "t78"."other_active",
                  "t78"."same_class_active",
                  "t62"."part_row",
                  "t62"."related_started",
                  "t62"."related_before"
                FROM (
                  SELECT
                    "t76".*
                    EXCLUDE ("part_row")
                  FROM (
                    SELECT
                      "t75"."row",
                      "t75"."observed",
                      "t75"."days_left",
                      "t75"."days_since_fill",
                      "t75"."last_days_supply",
                      "t75"."days_supply_change",
                      "t75"."supply_imputed",
                      "t75"."late_last",
                      "t75"."fill_number",
                      "t75"."first_fill",
                      "t75"."second_fill",
                      "t75"."copay_month",
                      "t75"."copay_change",
                      "t75"."refills_remaining",
                      "t75"."mail",
                      "t75"."reset_months",
                      "t75"."covered_30",
                      "t75"."covered_90",
                      "t75"."covered_180",
                      "t75"."covered_365",
                      "t75"."fills_180",
                      "t75"."fills_365",
                      "t75"."sum_3",
                      "t75"."count_3",
                      "t75"."sum_365",
                      "t75"."count_365",
                      "t75"."slow_365",
                      "t75"."patient_late",
                      "t75"."patient_refills",
                      "t75"."patient_lapses",
                      "t53"."part_row",
                      "t53"."other_active",
                      "t53"."same_class_active"
                    FROM (
                      SELECT
                        "t73".*
                        EXCLUDE ("part_row")
                      FROM (
                        SELECT
                          "t71"."row",
                          "t71"."observed",
                          "t71"."days_left",
                          "t71"."days_since_fill",
                          "t71"."last_days_supply",
                          "t71"."days_supply_change",
                          "t71"."supply_imputed",
                          "t71"."late_last",
                          "t71"."fill_number",
                          "t71"."first_fill",
                          "t71"."second_fill",
                          "t71"."copay_month",
                          "t71"."copay_change",
                          "t71"."refills_remaining",
                          "t71"."mail",
                          "t71"."reset_months",
                          "t71"."covered_30",
                          "t71"."covered_90",
                          "t71"."covered_180",
                          "t71"."covered_365",
                          "t71"."fills_180",
                          "t71"."fills_365",
                          "t71"."sum_3",
                          "t71"."count_3",
                          "t71"."sum_365",
                          "t71"."count_365",
                          "t71"."slow_365",
                          "t49"."part_row",
                          "t49"."patient_late",
                          "t49"."patient_refills",
                          "t49"."patient_lapses"
                        FROM (
                          SELECT
                            "t68".*
                            EXCLUDE ("part_row")
                          FROM (
                            SELECT
                              "t6"."row",
                              "t6"."known" - "t15"."first_day" AS "observed",
                              CASE
                                WHEN CASE
                                  WHEN (
                                    "t6"."run_out" - "t6"."day"
                                  ) IS NULL
                                  THEN "t6"."run_out" - "t6"."day"
                                  ELSE LEAST(365, "t6"."run_out" - "t6"."day")
                                END IS NULL
                                THEN CASE
                                  WHEN (
                                    "t6"."run_out" - "t6"."day"
                                  ) IS NULL
                                  THEN "t6"."run_out" - "t6"."day"
                                  ELSE LEAST(365, "t6"."run_out" - "t6"."day")
                                END
                                ELSE GREATEST(
                                  -365,
                                  CASE
                                    WHEN (
                                      "t6"."run_out" - "t6"."day"
                                    ) IS NULL
                                    THEN "t6"."run_out" - "t6"."day"
                                    ELSE LEAST(365, "t6"."run_out" - "t6"."day")
                                  END
                                )
                              END AS "days_left",
                              "t6"."day" - "t20"."day" AS "days_since_fill",
                              "t20"."days_supply" AS "last_days_supply",
                              "t20"."days_supply" - "t31"."before_supply" AS "days_supply_change",
                              "t20"."imputed" AS "supply_imputed",
                              CASE
                                WHEN CASE WHEN "t20"."late" IS NULL THEN "t20"."late" ELSE LEAST(90, "t20"."late") END IS NULL
                                THEN CASE WHEN "t20"."late" IS NULL THEN "t20"."late" ELSE LEAST(90, "t20"."late") END
                                ELSE GREATEST(
                                  -60,
                                  CASE WHEN "t20"."late" IS NULL THEN "t20"."late" ELSE LEAST(90, "t20"."late") END
                                )
                              END AS "late_last",
                              CASE
                                WHEN CASE
                                  WHEN "t20"."fill_number" IS NULL
                                  THEN "t20"."fill_number"
                                  ELSE LEAST(24, "t20"."fill_number")
                                END IS NULL
                                THEN CASE
                                  WHEN "t20"."fill_number" IS NULL
                                  THEN "t20"."fill_number"
                                  ELSE LEAST(24, "t20"."fill_number")
                                END
                                ELSE GREATEST(
                                  0,
                                  CASE
                                    WHEN "t20"."fill_number" IS NULL
                                    THEN "t20"."fill_number"
                                    ELSE LEAST(24, "t20"."fill_number")
                                  END
                                )
                              END AS "fill_number",
                              "t6"."fill" = "t15"."first_fill" AS "first_fill",
                              "t6"."fill" = (
                                "t15"."first_fill" + 1
                              ) AS "second_fill",
                              "t20"."copay_month",
                              CASE
                                WHEN CASE
                                  WHEN (
                                    (
                                      "t20"."copay_month" + 1
                                    ) / (
                                      "t31"."before_copay" + 1
                                    )
                                  ) IS NULL
                                  THEN (
                                    "t20"."copay_month" + 1
                                  ) / (
                                    "t31"."before_copay" + 1
                                  )
                                  ELSE LEAST(10.0, (
                                    "t20"."copay_month" + 1
                                  ) / (
                                    "t31"."before_copay" + 1
                                  ))
                                END IS NULL
                                THEN CASE
                                  WHEN (
                                    (
                                      "t20"."copay_month" + 1
                                    ) / (
                                      "t31"."before_copay" + 1
                                    )
                                  ) IS NULL
                                  THEN (
                                    "t20"."copay_month" + 1
                                  ) / (
                                    "t31"."before_copay" + 1
                                  )
                                  ELSE LEAST(10.0, (
                                    "t20"."copay_month" + 1
                                  ) / (
                                    "t31"."before_copay" + 1
                                  ))
                                END
                                ELSE GREATEST(
                                  0.1,
                                  CASE
                                    WHEN (
                                      (
                                        "t20"."copay_month" + 1
                                      ) / (
                                        "t31"."before_copay" + 1
                                      )
                                    ) IS NULL
                                    THEN (
                                      "t20"."copay_month" + 1
                                    ) / (
                                      "t31"."before_copay" + 1
                                    )
                                    ELSE LEAST(10.0, (
                                      "t20"."copay_month" + 1
                                    ) / (
                                      "t31"."before_copay" + 1
                                    ))
                                  END
                                )
                              END AS "copay_change",
                              "t20"."refills_remaining",
                              "t20"."mail",
                              CASE
                                WHEN CAST(FLOOR(
                                  (
                                    (
                                      (
                                        (
                                          (
                                            "t6"."run_out" + 719468
                                          ) - (
                                            CAST(FLOOR((
                                              "t6"."run_out" + 719468
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
                                                          "t6"."run_out" + 719468
                                                        ) - (
                                                          CAST(FLOOR((
                                                            "t6"."run_out" + 719468
                                                          ) / (
                                                            146097
                                                          )) AS BIGINT) * 146097
                                                        )
                                                      ) - CAST(FLOOR(
                                                        (
                                                          (
                                                            "t6"."run_out" + 719468
                                                          ) - (
                                                            CAST(FLOOR((
                                                              "t6"."run_out" + 719468
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
                                                          "t6"."run_out" + 719468
                                                        ) - (
                                                          CAST(FLOOR((
                                                            "t6"."run_out" + 719468
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
                                                        "t6"."run_out" + 719468
                                                      ) - (
                                                        CAST(FLOOR((
                                                          "t6"."run_out" + 719468
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
                                                            "t6"."run_out" + 719468
                                                          ) - (
                                                            CAST(FLOOR((
                                                              "t6"."run_out" + 719468
                                                            ) / (
                                                              146097
                                                            )) AS BIGINT) * 146097
                                                          )
                                                        ) - CAST(FLOOR(
                                                          (
                                                            (
                                                              "t6"."run_out" + 719468
                                                            ) - (
                                                              CAST(FLOOR((
                                                                "t6"."run_out" + 719468
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
                                                            "t6"."run_out" + 719468
                                                          ) - (
                                                            CAST(FLOOR((
                                                              "t6"."run_out" + 719468
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
                                                          "t6"."run_out" + 719468
                                                        ) - (
                                                          CAST(FLOOR((
                                                            "t6"."run_out" + 719468
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
                                                          "t6"."run_out" + 719468
                                                        ) - (
                                                          CAST(FLOOR((
                                                            "t6"."run_out" + 719468
                                                          ) / (
                                                            146097
                                                          )) AS BIGINT) * 146097
                                                        )
                                                      ) - CAST(FLOOR(
                                                        (
                                                          (
                                                            "t6"."run_out" + 719468
                                                          ) - (
                                                            CAST(FLOOR((
                                                              "t6"."run_out" + 719468
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
                                                          "t6"."run_out" + 719468
                                                        ) - (
                                                          CAST(FLOOR((
                                                            "t6"."run_out" + 719468
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
                                                        "t6"."run_out" + 719468
                                                      ) - (
                                                        CAST(FLOOR((
                                                          "t6"."run_out" + 719468
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
                                ) AS BIGINT) < 10
                                THEN CAST(FLOOR(
                                  (
                                    (
                                      (
                                        (
                                          (
                                            "t6"."run_out" + 719468
                                          ) - (
                                            CAST(FLOOR((
                                              "t6"."run_out" + 719468
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
                                                          "t6"."run_out" + 719468
                                                        ) - (
                                                          CAST(FLOOR((
                                                            "t6"."run_out" + 719468
                                                          ) / (
                                                            146097
                                                          )) AS BIGINT) * 146097
                                                        )
                                                      ) - CAST(FLOOR(
                                                        (
                                                          (
                                                            "t6"."run_out" + 719468
                                                          ) - (
                                                            CAST(FLOOR((
                                                              "t6"."run_out" + 719468
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
                                                          "t6"."run_out" + 719468
                                                        ) - (
                                                          CAST(FLOOR((
                                                            "t6"."run_out" + 719468
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
                                                        "t6"."run_out" + 719468
                                                      ) - (
                                                        CAST(FLOOR((
                                                          "t6"."run_out" + 719468
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
                                                            "t6"."run_out" + 719468
                                                          ) - (
                                                            CAST(FLOOR((
                                                              "t6"."run_out" + 719468
                                                            ) / (
                                                              146097
                                                            )) AS BIGINT) * 146097
                                                          )
                                                        ) - CAST(FLOOR(
                                                          (
                                                            (
                                                              "t6"."run_out" + 719468
                                                            ) - (
                                                              CAST(FLOOR((
                                                                "t6"."run_out" + 719468
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
                                                            "t6"."run_out" + 719468
                                                          ) - (
                                                            CAST(FLOOR((
                                                              "t6"."run_out" + 719468
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
                                                          "t6"."run_out" + 719468
                                                        ) - (
                                                          CAST(FLOOR((
                                                            "t6"."run_out" + 719468
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
                                                          "t6"."run_out" + 719468
                                                        ) - (
                                                          CAST(FLOOR((
                                                            "t6"."run_out" + 719468
                                                          ) / (
                                                            146097
                                                          )) AS BIGINT) * 146097
                                                        )
                                                      ) - CAST(FLOOR(
                                                        (
                                                          (
                                                            "t6"."run_out" + 719468
                                                          ) - (
                                                            CAST(FLOOR((
                                                              "t6"."run_out" + 719468
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
                                                          "t6"."run_out" + 719468
                                                        ) - (
                                                          CAST(FLOOR((
                                                            "t6"."run_out" + 719468
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
                                                        "t6"."run_out" + 719468
                                                      ) - (
                                                        CAST(FLOOR((
                                                          "t6"."run_out" + 719468
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
                                ) AS BIGINT) + 3
                                ELSE CAST(FLOOR(
                                  (
                                    (
                                      (
                                        (
                                          (
                                            "t6"."run_out" + 719468
                                          ) - (
                                            CAST(FLOOR((
                                              "t6"."run_out" + 719468
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
                                                          "t6"."run_out" + 719468
                                                        ) - (
                                                          CAST(FLOOR((
                                                            "t6"."run_out" + 719468
                                                          ) / (
                                                            146097
                                                          )) AS BIGINT) * 146097
                                                        )
                                                      ) - CAST(FLOOR(
                                                        (
                                                          (
                                                            "t6"."run_out" + 719468
                                                          ) - (
                                                            CAST(FLOOR((
                                                              "t6"."run_out" + 719468
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
                                                          "t6"."run_out" + 719468
                                                        ) - (
                                                          CAST(FLOOR((
                                                            "t6"."run_out" + 719468
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
                                                        "t6"."run_out" + 719468
                                                      ) - (
                                                        CAST(FLOOR((
                                                          "t6"."run_out" + 719468
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
                                                            "t6"."run_out" + 719468
                                                          ) - (
                                                            CAST(FLOOR((
                                                              "t6"."run_out" + 719468
                                                            ) / (
                                                              146097
                                                            )) AS BIGINT) * 146097
                                                          )
                                                        ) - CAST(FLOOR(
                                                          (
                                                            (
                                                              "t6"."run_out" + 719468
                                                            ) - (
                                                              CAST(FLOOR((
                                                                "t6"."run_out" + 719468
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
                                                            "t6"."run_out" + 719468
                                                          ) - (
                                                            CAST(FLOOR((
                                                              "t6"."run_out" + 719468
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
                                                          "t6"."run_out" + 719468
                                                        ) - (
                                                          CAST(FLOOR((
                                                            "t6"."run_out" + 719468
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
                                                          "t6"."run_out" + 719468
                                                        ) - (
                                                          CAST(FLOOR((
                                                            "t6"."run_out" + 719468
                                                          ) / (
                                                            146097
                                                          )) AS BIGINT) * 146097
                                                        )
                                                      ) - CAST(FLOOR(
                                                        (
                                                          (
                                                            "t6"."run_out" + 719468
                                                          ) - (
                                                            CAST(FLOOR((
                                                              "t6"."run_out" + 719468
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
                                                          "t6"."run_out" + 719468
                                                        ) - (
                                                          CAST(FLOOR((
                                                            "t6"."run_out" + 719468
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
                                                        "t6"."run_out" + 719468
                                                      ) - (
                                                        CAST(FLOOR((
                                                          "t6"."run_out" + 719468
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
                              END <= 2 AS "reset_months",
                              "t64"."part_row",
                              "t64"."covered_30",
                              "t64"."covered_90",
                              "t64"."covered_180",
                              "t64"."covered_365",
                              "t64"."fills_180",
                              "t64"."fills_365",
                              "t64"."sum_3",
                              "t64"."count_3",
                              "t64"."sum_365",
                              "t64"."count_365",
                              "t64"."slow_365"
                            FROM "rows" AS "t6"
                            INNER JOIN (
                              SELECT
                                "t5".*
                                EXCLUDE ("patient", "series")
                              FROM "fills" AS "t5"
                            ) AS "t20"
                              ON "t6"."fill" = "t20"."fill"
                            INNER JOIN (
                              SELECT
                                "t4".*
                                EXCLUDE ("patient")
                              FROM "series" AS "t4"
                            ) AS "t15"
                              ON "t6"."series" = "t15"."series"
                            LEFT OUTER JOIN (
                              SELECT
                                "t5"."fill" + 1 AS "before",
                                "t5"."series" AS "before_series",
                                "t5"."copay_month" AS "before_copay",
                                "t5"."days_supply" AS "before_supply"
                              FROM "fills" AS "t5"
                            ) AS "t31"
                              ON "t6"."fill" = "t31"."before" AND "t6"."series" = "t31"."before_series"
                            LEFT OUTER JOIN (
                              SELECT
                                "t60"."row" AS "part_row",
                                "t60"."covered_30",
                                "t60"."covered_90",
                                "t60"."covered_180",
                                "t60"."covered_365",
                                "t60"."fills_180",
                                "t60"."fills_365",
                                "t60"."sum_3",
                                "t60"."count_3",
                                "t60"."sum_365",
                                "t60"."count_365",
                                "t60"."slow_365"
                              FROM (
                                SELECT
                                  "t47"."row",
                                  SUM(
                                    GREATEST(
                                      0,
                                      LEAST("t47"."end", "t47"."known") - GREATEST("t47"."begin", GREATEST("t47"."known" - 30, "t47"."first_day"))
                                    )
                                  ) AS "covered_30",
                                  SUM(
                                    GREATEST(
                                      0,
                                      LEAST("t47"."end", "t47"."known") - GREATEST("t47"."begin", GREATEST("t47"."known" - 90, "t47"."first_day"))
                                    )
                                  ) AS "covered_90",
                                  SUM(
                                    GREATEST(
                                      0,
                                      LEAST("t47"."end", "t47"."known") - GREATEST("t47"."begin", GREATEST("t47"."known" - 180, "t47"."first_day"))
                                    )
                                  ) AS "covered_180",
                                  SUM(
                                    GREATEST(
                                      0,
                                      LEAST("t47"."end", "t47"."known") - GREATEST("t47"."begin", GREATEST("t47"."known" - 365, "t47"."first_day"))
                                    )
                                  ) AS "covered_365",
                                  SUM(CAST("t47"."day_right" > (
                                    "t47"."known" - 180
                                  ) AS INT)) AS "fills_180",
                                  SUM(CAST("t47"."day_right" > (
                                    "t47"."known" - 365
                                  ) AS INT)) AS "fills_365",
                                  SUM(
                                    CASE
                                      WHEN CASE WHEN "t47"."late" IS NULL THEN "t47"."late" ELSE LEAST(90, "t47"."late") END IS NULL
                                      THEN CASE WHEN "t47"."late" IS NULL THEN "t47"."late" ELSE LEAST(90, "t47"."late") END
                                      ELSE GREATEST(
                                        -60,
                                        CASE WHEN "t47"."late" IS NULL THEN "t47"."late" ELSE LEAST(90, "t47"."late") END
                                      )
                                    END
                                  ) FILTER(WHERE
                                    (
                                      "t47"."fill" - "t47"."fill_right"
                                    ) < 3) AS "sum_3",
                                  COUNT("t47"."late") FILTER(WHERE
                                    (
                                      "t47"."fill" - "t47"."fill_right"
                                    ) < 3) AS "count_3",
                                  SUM(
                                    CASE
                                      WHEN CASE WHEN "t47"."late" IS NULL THEN "t47"."late" ELSE LEAST(90, "t47"."late") END IS NULL
                                      THEN CASE WHEN "t47"."late" IS NULL THEN "t47"."late" ELSE LEAST(90, "t47"."late") END
                                      ELSE GREATEST(
                                        -60,
                                        CASE WHEN "t47"."late" IS NULL THEN "t47"."late" ELSE LEAST(90, "t47"."late") END
                                      )
                                    END
                                  ) FILTER(WHERE
                                    "t47"."day_right" > (
                                      "t47"."known" - 365
                                    )) AS "sum_365",
                                  COUNT("t47"."late") FILTER(WHERE
                                    "t47"."day_right" > (
                                      "t47"."known" - 365
                                    )) AS "count_365",
                                  SUM(
                                    CAST(COALESCE("t47"."late" > 7, FALSE)
                                    AND (
                                      "t47"."day_right" > (
                                        "t47"."known" - 365
                                      )
                                    ) AS INT)
                                  ) AS "slow_365"
                                FROM (
                                  SELECT
                                    "t6"."row",
                                    "t6"."series",
                                    "t6"."patient",
                                    "t6"."fill",
                                    "t6"."day",
                                    "t6"."known",
                                    "t6"."run_out",
                                    "t40"."fill" AS "fill_right",
                                    "t40"."series" AS "series_right",
                                    "t40"."patient" AS "patient_right",
                                    "t40"."day" AS "day_right",
                                    "t40"."days_supply",
                                    "t40"."imputed",
                                    "t40"."begin",
                                    "t40"."end",
                                    "t40"."run_out" AS "run_out_right",
                                    "t40"."late",
                                    "t40"."lapse",
                                    "t40"."copay_month",
                                    "t40"."refills_remaining",
                                    "t40"."fill_number",
                                    "t40"."mail",
                                    "t40"."first_day"
                                  FROM "rows" AS "t6"
                                  INNER JOIN (
                                    SELECT
                                      "t11"."fill",
                                      "t11"."series",
                                      "t11"."patient",
                                      "t11"."day",
                                      "t11"."days_supply",
                                      "t11"."imputed",
                                      "t11"."begin",
                                      "t11"."end",
                                      "t11"."run_out",
                                      "t11"."late",
                                      "t11"."lapse",
                                      "t11"."copay_month",
                                      "t11"."refills_remaining",
                                      "t11"."fill_number",
                                      "t11"."mail",
                                      "t27"."first_day"
                                    FROM "fills" AS "t11"
                                    INNER JOIN (
                                      SELECT
                                        "t4"."series",
                                        "t4"."first_day"
                                      FROM "series" AS "t4"
                                    ) AS "t27"
                                      ON "t11"."series" = "t27"."series"
                                  ) AS "t40"
                                    ON "t6"."series" = "t40"."series"
                                    AND "t40"."fill" <= "t6"."fill"
                                    AND "t40"."run_out" > (
                                      (
                                        "t6"."known" - 365
                                      ) - 1
                                    )
                                ) AS "t47"
                                GROUP BY
                                  1
                              ) AS "t60"
                            ) AS "t64"
                              ON "t6"."row" = "t64"."part_row"
                          ) AS "t68"
                        ) AS "t71"
                        LEFT OUTER JOIN (
                          SELECT
                            "t42"."row" AS "part_row",
                            "t42"."total" AS "patient_late",
                            "t42"."refills" AS "patient_refills",
                            "t42"."lapses" AS "patient_lapses"
                          FROM (
                            SELECT
                              "t35"."patient",
                              "t35"."day",
                              "t35"."late",
                              "t35"."lapsed",
                              "t35"."row",
                              SUM("t35"."late") OVER (
                                PARTITION BY "t35"."patient"
                                ORDER BY "t35"."day" ASC
                                RANGE BETWEEN 364 preceding AND CURRENT ROW
                              ) AS "total",
                              COUNT("t35"."late") OVER (
                                PARTITION BY "t35"."patient"
                                ORDER BY "t35"."day" ASC
                                RANGE BETWEEN 364 preceding AND CURRENT ROW
                              ) AS "refills",
                              SUM("t35"."lapsed") OVER (
                                PARTITION BY "t35"."patient"
                                ORDER BY "t35"."day" ASC
                                RANGE BETWEEN 364 preceding AND CURRENT ROW
                              ) AS "lapses"
                            FROM (
                              SELECT
                                *
                              FROM (
                                SELECT
                                  *
                                FROM (
                                  SELECT
                                    "t5"."patient",
                                    "t5"."day",
                                    CASE
                                      WHEN CASE WHEN "t5"."late" IS NULL THEN "t5"."late" ELSE LEAST(90, "t5"."late") END IS NULL
                                      THEN CASE WHEN "t5"."late" IS NULL THEN "t5"."late" ELSE LEAST(90, "t5"."late") END
                                      ELSE GREATEST(
                                        -60,
                                        CASE WHEN "t5"."late" IS NULL THEN "t5"."late" ELSE LEAST(90, "t5"."late") END
                                      )
                                    END AS "late",
                                    0 AS "lapsed",
                                    CAST(NULL AS INT) AS "row"
                                  FROM "fills" AS "t5"
                                ) AS "t30"
                                UNION ALL
                                SELECT
                                  *
                                FROM (
                                  SELECT
                                    "t5"."patient",
                                    "t5"."lapse" AS "day",
                                    CAST(NULL AS INT) AS "late",
                                    1 AS "lapsed",
                                    CAST(NULL AS INT) AS "row"
                                  FROM "fills" AS "t5"
                                  WHERE
                                    "t5"."lapse" IS NOT NULL
                                ) AS "t29"
                              ) AS "t32"
                              UNION ALL
                              SELECT
                                *
                              FROM (
                                SELECT
                                  "t0"."patient",
                                  "t0"."known" AS "day",
                                  CAST(NULL AS INT) AS "late",
                                  0 AS "lapsed",
                                  "t0"."row"
                                FROM "rows" AS "t0"
                              ) AS "t14"
                            ) AS "t35"
                          ) AS "t42"
                          WHERE
                            "t42"."row" IS NOT NULL
                        ) AS "t49"
                          ON "t71"."row" = "t49"."part_row"
                      ) AS "t73"
                    ) AS "t75"
                    LEFT OUTER JOIN (
                      SELECT
                        "t46"."row" AS "part_row",
                        "t46"."other_active",
                        "t46"."same_class_active"
                      FROM (
                        SELECT
                          "t37"."row",
                          COUNT("t37"."row") OVER (
                            PARTITION BY "t37"."patient", "t37"."day"
                            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                          ) - 1 AS "other_active",
                          COUNT("t37"."row") OVER (
                            PARTITION BY "t37"."patient", "t37"."day", "t37"."kind"
                            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                          ) - 1 AS "same_class_active"
                        FROM (
                          SELECT
                            "t6"."row",
                            "t6"."patient",
                            "t6"."day",
                            "t24"."kind"
                          FROM "rows" AS "t6"
                          INNER JOIN (
                            SELECT
                              "t4"."series",
                              "t4"."kind"
                            FROM "series" AS "t4"
                          ) AS "t24"
                            ON "t6"."series" = "t24"."series"
                        ) AS "t37"
                      ) AS "t46"
                    ) AS "t53"
                      ON "t75"."row" = "t53"."part_row"
                  ) AS "t76"
                ) AS "t78"
                LEFT OUTER JOIN (
                  SELECT
                    "t59"."row" AS "part_row",
                    "t59"."related_started",
                    "t59"."related_before"
                  FROM (
                    SELECT
                      "t21"."row",
                      COALESCE("t54"."related_started", FALSE) AS "related_started",
                      COALESCE("t54"."related_before", FALSE) AS "related_before"
                    FROM (
                      SELECT
                        "t0"."row"
                      FROM "rows" AS "t0"
                    ) AS "t21"
                    LEFT OUTER JOIN (
                      SELECT
                        "t39"."row",
                        BOOL_OR(CAST("t39"."other_day" >= (
                          "t39"."run_out" - 30
                        ) AS BOOLEAN)) AS "related_started",
                        BOOL_OR(CAST(NOT (
                          "t39"."other_day" >= (
                            "t39"."run_out" - 30
                          )
                        ) AS BOOLEAN)) AS "related_before"
                      FROM (
                        SELECT
                          "t6"."row",
                          "t6"."series",
                          "t6"."patient",
                          "t6"."fill",
                          "t6"."day",
                          "t6"."known",
                          "t6"."run_out",
                          "t25"."kind",
                          "t25"."drug",
                          "t26"."other",
                          "t26"."whose",
                          "t26"."other_day",
                          "t26"."other_kind",
                          "t26"."other_drug"
                        FROM "rows" AS "t6"
                        INNER JOIN (
                          SELECT
                            "t4"."series",
                            "t4"."kind",
                            "t4"."drug"
                          FROM "series" AS "t4"
                        ) AS "t25"
                          ON "t6"."series" = "t25"."series"
                        INNER JOIN (
                          SELECT
                            "t4"."series" AS "other",
                            "t4"."patient" AS "whose",
                            "t4"."first_day" AS "other_day",
                            "t4"."kind" AS "other_kind",
                            "t4"."drug" AS "other_drug"
                          FROM "series" AS "t4"
                        ) AS "t26"
                          ON "t6"."patient" = "t26"."whose"
                          AND "t6"."series" <> "t26"."other"
                          AND "t26"."other_day" <= "t6"."known"
                          AND (
                            (
                              "t25"."kind" = "t26"."other_kind"
                            )
                            OR (
                              "t25"."drug" = "t26"."other_drug"
                            )
                          )
                      ) AS "t39"
                      GROUP BY
                        1
                    ) AS "t54"
                      ON "t21"."row" = "t54"."row"
                  ) AS "t59"
                ) AS "t62"
                  ON "t78"."row" = "t62"."part_row"
              ) AS "t79"
            ) AS "t81"
            LEFT OUTER JOIN (
              SELECT
                "t58"."row" AS "part_row",
                "t58"."hba1c",
                "t58"."total" / CAST("t58"."tests" * 1000 AS DOUBLE) AS "hba1c_mean",
                "t58"."day" - "t58"."newest" AS "hba1c_age"
              FROM (
                SELECT
                  "t50"."row",
                  "t50"."day",
                  FIRST("t50"."value" ORDER BY "t50"."lab_day" DESC) AS "hba1c",
                  MAX("t50"."lab_day") AS "newest",
                  SUM(CAST(ROUND("t50"."value" * 1000, 0) AS BIGINT)) AS "total",
                  COUNT("t50"."value") AS "tests"
                FROM (
                  SELECT
                    *
                  FROM (
                    SELECT
                      "t6"."row",
                      "t6"."series",
                      "t6"."patient",
                      "t6"."fill",
                      "t6"."day",
                      "t6"."known",
                      "t6"."run_out",
                      "t36"."lab_day",
                      "t36"."value"
                    FROM "rows" AS "t6"
                    INNER JOIN (
                      SELECT
                        "t23"."patient",
                        "t23"."day" AS "lab_day",
                        "t23"."value"
                      FROM (
                        SELECT
                          "t3"."patient",
                          "t3"."day",
                          MAX("t3"."value") AS "value"
                        FROM "labs" AS "t3"
                        GROUP BY
                          1,
                          2
                      ) AS "t23"
                    ) AS "t36"
                      ON "t6"."patient" = "t36"."patient"
                  ) AS "t43"
                  WHERE
                    "t43"."lab_day" <= "t43"."known" AND "t43"."lab_day" >= (
                      "t43"."known" - 365
                    )
                ) AS "t50"
                GROUP BY
                  1,
                  2
              ) AS "t58"
            ) AS "t66"
              ON "t81"."row" = "t66"."part_row"
          ) AS "t82"
        ) AS "t84"
        LEFT OUTER JOIN (
          SELECT
            "t55"."row" AS "part_row",
            "t55"."recent_stay"
          FROM (
            SELECT
              "t21"."row",
              COALESCE("t45"."stayed", 0.0) AS "recent_stay"
            FROM (
              SELECT
                "t0"."row"
              FROM "rows" AS "t0"
            ) AS "t21"
            LEFT OUTER JOIN (
              SELECT
                "t41"."row",
                1.0 AS "stayed"
              FROM (
                SELECT DISTINCT
                  "t33"."row"
                FROM (
                  SELECT
                    "t6"."row",
                    "t6"."series",
                    "t6"."patient",
                    "t6"."fill",
                    "t6"."day",
                    "t6"."known",
                    "t6"."run_out",
                    "t8"."admit",
                    "t8"."discharge"
                  FROM "rows" AS "t6"
                  INNER JOIN "stays" AS "t8"
                    ON "t6"."patient" = "t8"."patient"
                ) AS "t33"
                WHERE
                  "t33"."admit" <= "t33"."known" AND "t33"."discharge" > (
                    "t33"."known" - 90
                  )
              ) AS "t41"
            ) AS "t45"
              ON "t21"."row" = "t45"."row"
          ) AS "t55"
        ) AS "t57"
          ON "t84"."row" = "t57"."part_row"
      ) AS "t85"
    ) AS "t87"
    LEFT OUTER JOIN (
      SELECT
        "t67"."row" AS "part_row",
        "t67"."female",
        "t67"."depression",
        "t67"."n_comorbidities",
        "t67"."n_chronic_meds",
        "t67"."age",
        "t67"."payer_commercial",
        "t67"."payer_medicare",
        "t67"."payer_medicaid",
        "t67"."payer_cash"
      FROM (
        SELECT
          "t22"."row",
          "t7"."female",
          "t7"."depression",
          "t7"."n_comorbidities",
          "t7"."n_chronic_meds",
          (
            CAST(FLOOR(
              (
                (
                  (
                    (
                      (
                        "t22"."day" + 719468
                      ) - (
                        CAST(FLOOR((
                          "t22"."day" + 719468
                        ) / (
                          146097
                        )) AS BIGINT) * 146097
                      )
                    ) - CAST(FLOOR(
                      (
                        (
                          "t22"."day" + 719468
                        ) - (
                          CAST(FLOOR((
                            "t22"."day" + 719468
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
                        "t22"."day" + 719468
                      ) - (
                        CAST(FLOOR((
                          "t22"."day" + 719468
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
                      "t22"."day" + 719468
                    ) - (
                      CAST(FLOOR((
                        "t22"."day" + 719468
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
                "t22"."day" + 719468
              ) / (
                146097
              )) AS BIGINT) * 400
            ) + CASE
              WHEN CASE
                WHEN CAST(FLOOR(
                  (
                    (
                      (
                        (
                          (
                            "t22"."day" + 719468
                          ) - (
                            CAST(FLOOR((
                              "t22"."day" + 719468
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
                                          "t22"."day" + 719468
                                        ) - (
                                          CAST(FLOOR((
                                            "t22"."day" + 719468
                                          ) / (
                                            146097
                                          )) AS BIGINT) * 146097
                                        )
                                      ) - CAST(FLOOR(
                                        (
                                          (
                                            "t22"."day" + 719468
                                          ) - (
                                            CAST(FLOOR((
                                              "t22"."day" + 719468
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
                                          "t22"."day" + 719468
                                        ) - (
                                          CAST(FLOOR((
                                            "t22"."day" + 719468
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
                                        "t22"."day" + 719468
                                      ) - (
                                        CAST(FLOOR((
                                          "t22"."day" + 719468
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
                                            "t22"."day" + 719468
                                          ) - (
                                            CAST(FLOOR((
                                              "t22"."day" + 719468
                                            ) / (
                                              146097
                                            )) AS BIGINT) * 146097
                                          )
                                        ) - CAST(FLOOR(
                                          (
                                            (
                                              "t22"."day" + 719468
                                            ) - (
                                              CAST(FLOOR((
                                                "t22"."day" + 719468
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
                                            "t22"."day" + 719468
                                          ) - (
                                            CAST(FLOOR((
                                              "t22"."day" + 719468
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
                                          "t22"."day" + 719468
                                        ) - (
                                          CAST(FLOOR((
                                            "t22"."day" + 719468
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
                                          "t22"."day" + 719468
                                        ) - (
                                          CAST(FLOOR((
                                            "t22"."day" + 719468
                                          ) / (
                                            146097
                                          )) AS BIGINT) * 146097
                                        )
                                      ) - CAST(FLOOR(
                                        (
                                          (
                                            "t22"."day" + 719468
                                          ) - (
                                            CAST(FLOOR((
                                              "t22"."day" + 719468
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
                                          "t22"."day" + 719468
                                        ) - (
                                          CAST(FLOOR((
                                            "t22"."day" + 719468
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
                                        "t22"."day" + 719468
                                      ) - (
                                        CAST(FLOOR((
                                          "t22"."day" + 719468
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
                ) AS BIGINT) < 10
                THEN CAST(FLOOR(
                  (
                    (
                      (
                        (
                          (
                            "t22"."day" + 719468
                          ) - (
                            CAST(FLOOR((
                              "t22"."day" + 719468
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
                                          "t22"."day" + 719468
                                        ) - (
                                          CAST(FLOOR((
                                            "t22"."day" + 719468
                                          ) / (
                                            146097
                                          )) AS BIGINT) * 146097
                                        )
                                      ) - CAST(FLOOR(
                                        (
                                          (
                                            "t22"."day" + 719468
                                          ) - (
                                            CAST(FLOOR((
                                              "t22"."day" + 719468
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
                                          "t22"."day" + 719468
                                        ) - (
                                          CAST(FLOOR((
                                            "t22"."day" + 719468
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
                                        "t22"."day" + 719468
                                      ) - (
                                        CAST(FLOOR((
                                          "t22"."day" + 719468
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
                                            "t22"."day" + 719468
                                          ) - (
                                            CAST(FLOOR((
                                              "t22"."day" + 719468
                                            ) / (
                                              146097
                                            )) AS BIGINT) * 146097
                                          )
                                        ) - CAST(FLOOR(
                                          (
                                            (
                                              "t22"."day" + 719468
                                            ) - (
                                              CAST(FLOOR((
                                                "t22"."day" + 719468
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
                                            "t22"."day" + 719468
                                          ) - (
                                            CAST(FLOOR((
                                              "t22"."day" + 719468
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
                                          "t22"."day" + 719468
                                        ) - (
                                          CAST(FLOOR((
                                            "t22"."day" + 719468
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
                                          "t22"."day" + 719468
                                        ) - (
                                          CAST(FLOOR((
                                            "t22"."day" + 719468
                                          ) / (
                                            146097
                                          )) AS BIGINT) * 146097
                                        )
                                      ) - CAST(FLOOR(
                                        (
                                          (
                                            "t22"."day" + 719468
                                          ) - (
                                            CAST(FLOOR((
                                              "t22"."day" + 719468
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
                                          "t22"."day" + 719468
                                        ) - (
                                          CAST(FLOOR((
                                            "t22"."day" + 719468
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
                                        "t22"."day" + 719468
                                      ) - (
                                        CAST(FLOOR((
                                          "t22"."day" + 719468
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
                ) AS BIGINT) + 3
                ELSE CAST(FLOOR(
                  (
                    (
                      (
                        (
                          (
                            "t22"."day" + 719468
                          ) - (
                            CAST(FLOOR((
                              "t22"."day" + 719468
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
                                          "t22"."day" + 719468
                                        ) - (
                                          CAST(FLOOR((
                                            "t22"."day" + 719468
                                          ) / (
                                            146097
                                          )) AS BIGINT) * 146097
                                        )
                                      ) - CAST(FLOOR(
                                        (
                                          (
                                            "t22"."day" + 719468
                                          ) - (
                                            CAST(FLOOR((
                                              "t22"."day" + 719468
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
                                          "t22"."day" + 719468
                                        ) - (
                                          CAST(FLOOR((
                                            "t22"."day" + 719468
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
                                        "t22"."day" + 719468
                                      ) - (
                                        CAST(FLOOR((
                                          "t22"."day" + 719468
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
                                            "t22"."day" + 719468
                                          ) - (
                                            CAST(FLOOR((
                                              "t22"."day" + 719468
                                            ) / (
                                              146097
                                            )) AS BIGINT) * 146097
                                          )
                                        ) - CAST(FLOOR(
                                          (
                                            (
                                              "t22"."day" + 719468
                                            ) - (
                                              CAST(FLOOR((
                                                "t22"."day" + 719468
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
                                            "t22"."day" + 719468
                                          ) - (
                                            CAST(FLOOR((
                                              "t22"."day" + 719468
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
                                          "t22"."day" + 719468
                                        ) - (
                                          CAST(FLOOR((
                                            "t22"."day" + 719468
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
                                          "t22"."day" + 719468
                                        ) - (
                                          CAST(FLOOR((
                                            "t22"."day" + 719468
                                          ) / (
                                            146097
                                          )) AS BIGINT) * 146097
                                        )
                                      ) - CAST(FLOOR(
                                        (
                                          (
                                            "t22"."day" + 719468
                                          ) - (
                                            CAST(FLOOR((
                                              "t22"."day" + 719468
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
                                          "t22"."day" + 719468
                                        ) - (
                                          CAST(FLOOR((
                                            "t22"."day" + 719468
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
                                        "t22"."day" + 719468
                                      ) - (
                                        CAST(FLOOR((
                                          "t22"."day" + 719468
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
              END <= 2
              THEN 1
              ELSE 0
            END
          ) - "t7"."birth_year" AS "age",
          CAST("t7"."payer" = 'commercial' AS DOUBLE) AS "payer_commercial",
          CAST("t7"."payer" = 'medicare' AS DOUBLE) AS "payer_medicare",
          CAST("t7"."payer" = 'medicaid' AS DOUBLE) AS "payer_medicaid",
          CAST("t7"."payer" = 'cash' AS DOUBLE) AS "payer_cash"
        FROM (
          SELECT
            "t0"."row",
            "t0"."patient",
            "t0"."day"
          FROM "rows" AS "t0"
        ) AS "t22"
        INNER JOIN "patients" AS "t7"
          ON "t22"."patient" = "t7"."patient"
      ) AS "t67"
    ) AS "t72"
      ON "t87"."row" = "t72"."part_row"
  ) AS "t88"
) AS "t89"
