SELECT
  `t89`.`row`,
  CAST(`t89`.`days_left` AS DOUBLE) AS `days_left`,
  CAST(`t89`.`days_since_fill` AS DOUBLE) AS `days_since_fill`,
  CAST(`t89`.`last_days_supply` AS DOUBLE) AS `last_days_supply`,
  CAST(`t89`.`days_supply_change` AS DOUBLE) AS `days_supply_change`,
  CAST(`t89`.`supply_imputed` AS DOUBLE) AS `supply_imputed`,
  CAST(`t89`.`fills_180` AS DOUBLE) AS `fills_180`,
  CAST(`t89`.`fills_365` AS DOUBLE) AS `fills_365`,
  `t89`.`fill_number`,
  `t89`.`covered_30` / CAST(GREATEST(1, LEAST(30, `t89`.`observed`)) AS DOUBLE) AS `pdc_30`,
  `t89`.`covered_90` / CAST(GREATEST(1, LEAST(90, `t89`.`observed`)) AS DOUBLE) AS `pdc_90`,
  `t89`.`covered_180` / CAST(GREATEST(1, LEAST(180, `t89`.`observed`)) AS DOUBLE) AS `pdc_180`,
  `t89`.`covered_365` / CAST(GREATEST(1, LEAST(365, `t89`.`observed`)) AS DOUBLE) AS `pdc_365`,
  CAST(`t89`.`late_last` AS DOUBLE) AS `late_last`,
  `t89`.`sum_3` / CAST(NULLIF(`t89`.`count_3`, 0) AS DOUBLE) AS `late_mean_3`,
  `t89`.`sum_365` / CAST(NULLIF(`t89`.`count_365`, 0) AS DOUBLE) AS `late_mean_365`,
  `t89`.`slow_365` / CAST(GREATEST(`t89`.`fills_365`, 1) AS DOUBLE) AS `late_share_365`,
  `t89`.`patient_late` / CAST(NULLIF(`t89`.`patient_refills`, 0) AS DOUBLE) AS `patient_late_mean`,
  CAST(`t89`.`patient_refills` AS DOUBLE) AS `patient_refills`,
  CAST(`t89`.`patient_lapses` AS DOUBLE) AS `patient_lapses`,
  CAST(`t89`.`first_fill` AS DOUBLE) AS `first_fill`,
  CAST(`t89`.`second_fill` AS DOUBLE) AS `second_fill`,
  `t89`.`copay_month`,
  `t89`.`copay_change`,
  `t89`.`refills_remaining`,
  `t89`.`mail`,
  CAST(`t89`.`reset_months` AS DOUBLE) AS `reset_months`,
  CAST(`t89`.`other_active` AS DOUBLE) AS `other_active`,
  CAST(`t89`.`same_class_active` AS DOUBLE) AS `same_class_active`,
  CAST(`t89`.`related_started` AS DOUBLE) AS `related_started`,
  CAST(`t89`.`related_before` AS DOUBLE) AS `related_before`,
  `t89`.`recent_stay`,
  `t89`.`hba1c`,
  `t89`.`hba1c_mean`,
  CAST(`t89`.`hba1c_age` AS DOUBLE) AS `hba1c_age`,
  CAST(`t89`.`age` AS DOUBLE) AS `age`,
  `t89`.`female`,
  `t89`.`depression`,
  `t89`.`n_comorbidities`,
  `t89`.`n_chronic_meds`,
  `t89`.`payer_commercial`,
  `t89`.`payer_medicare`,
  `t89`.`payer_medicaid`,
  `t89`.`payer_cash`
FROM (
  SELECT
    `t88`.`row`,
    `t88`.`observed`,
    `t88`.`days_left`,
    `t88`.`days_since_fill`,
    `t88`.`last_days_supply`,
    `t88`.`days_supply_change`,
    `t88`.`supply_imputed`,
    `t88`.`late_last`,
    `t88`.`fill_number`,
    `t88`.`first_fill`,
    `t88`.`second_fill`,
    `t88`.`copay_month`,
    `t88`.`copay_change`,
    `t88`.`refills_remaining`,
    `t88`.`mail`,
    `t88`.`reset_months`,
    `t88`.`covered_30`,
    `t88`.`covered_90`,
    `t88`.`covered_180`,
    `t88`.`covered_365`,
    `t88`.`fills_180`,
    `t88`.`fills_365`,
    `t88`.`sum_3`,
    `t88`.`count_3`,
    `t88`.`sum_365`,
    `t88`.`count_365`,
    `t88`.`slow_365`,
    `t88`.`patient_late`,
    `t88`.`patient_refills`,
    `t88`.`patient_lapses`,
    `t88`.`other_active`,
    `t88`.`same_class_active`,
    `t88`.`related_started`,
    `t88`.`related_before`,
    `t88`.`hba1c`,
    `t88`.`hba1c_mean`,
    `t88`.`hba1c_age`,
    `t88`.`recent_stay`,
    `t88`.`female`,
    `t88`.`depression`,
    `t88`.`n_comorbidities`,
    `t88`.`n_chronic_meds`,
    `t88`.`age`,
    `t88`.`payer_commercial`,
    `t88`.`payer_medicare`,
    `t88`.`payer_medicaid`,
    `t88`.`payer_cash`
  FROM (
    SELECT
      `t87`.`row`,
      `t87`.`observed`,
      `t87`.`days_left`,
      `t87`.`days_since_fill`,
      `t87`.`last_days_supply`,
      `t87`.`days_supply_change`,
      `t87`.`supply_imputed`,
      `t87`.`late_last`,
      `t87`.`fill_number`,
      `t87`.`first_fill`,
      `t87`.`second_fill`,
      `t87`.`copay_month`,
      `t87`.`copay_change`,
      `t87`.`refills_remaining`,
      `t87`.`mail`,
      `t87`.`reset_months`,
      `t87`.`covered_30`,
      `t87`.`covered_90`,
      `t87`.`covered_180`,
      `t87`.`covered_365`,
      `t87`.`fills_180`,
      `t87`.`fills_365`,
      `t87`.`sum_3`,
      `t87`.`count_3`,
      `t87`.`sum_365`,
      `t87`.`count_365`,
      `t87`.`slow_365`,
      `t87`.`patient_late`,
      `t87`.`patient_refills`,
      `t87`.`patient_lapses`,
      `t87`.`other_active`,
      `t87`.`same_class_active`,
      `t87`.`related_started`,
      `t87`.`related_before`,
      `t87`.`hba1c`,
      `t87`.`hba1c_mean`,
      `t87`.`hba1c_age`,
      `t87`.`recent_stay`,
      `t72`.`part_row`,
      `t72`.`female`,
      `t72`.`depression`,
      `t72`.`n_comorbidities`,
      `t72`.`n_chronic_meds`,
      `t72`.`age`,
      `t72`.`payer_commercial`,
      `t72`.`payer_medicare`,
      `t72`.`payer_medicaid`,
      `t72`.`payer_cash`
    FROM (
      SELECT
        `t85`.`row`,
        `t85`.`observed`,
        `t85`.`days_left`,
        `t85`.`days_since_fill`,
        `t85`.`last_days_supply`,
        `t85`.`days_supply_change`,
        `t85`.`supply_imputed`,
        `t85`.`late_last`,
        `t85`.`fill_number`,
        `t85`.`first_fill`,
        `t85`.`second_fill`,
        `t85`.`copay_month`,
        `t85`.`copay_change`,
        `t85`.`refills_remaining`,
        `t85`.`mail`,
        `t85`.`reset_months`,
        `t85`.`covered_30`,
        `t85`.`covered_90`,
        `t85`.`covered_180`,
        `t85`.`covered_365`,
        `t85`.`fills_180`,
        `t85`.`fills_365`,
        `t85`.`sum_3`,
        `t85`.`count_3`,
        `t85`.`sum_365`,
        `t85`.`count_365`,
        `t85`.`slow_365`,
        `t85`.`patient_late`,
        `t85`.`patient_refills`,
        `t85`.`patient_lapses`,
        `t85`.`other_active`,
        `t85`.`same_class_active`,
        `t85`.`related_started`,
        `t85`.`related_before`,
        `t85`.`hba1c`,
        `t85`.`hba1c_mean`,
        `t85`.`hba1c_age`,
        `t85`.`recent_stay`
      FROM (
        SELECT
          `t84`.`row`,
          `t84`.`observed`,
          `t84`.`days_left`,
          `t84`.`days_since_fill`,
          `t84`.`last_days_supply`,
          `t84`.`days_supply_change`,
          `t84`.`supply_imputed`,
          `t84`.`late_last`,
          `t84`.`fill_number`,
          `t84`.`first_fill`,
          `t84`.`second_fill`,
          `t84`.`copay_month`,
          `t84`.`copay_change`,
          `t84`.`refills_remaining`,
          `t84`.`mail`,
          `t84`.`reset_months`,
          `t84`.`covered_30`,
          `t84`.`covered_90`,
          `t84`.`covered_180`,
          `t84`.`covered_365`,
          `t84`.`fills_180`,
          `t84`.`fills_365`,
          `t84`.`sum_3`,
          `t84`.`count_3`,
          `t84`.`sum_365`,
          `t84`.`count_365`,
          `t84`.`slow_365`,
          `t84`.`patient_late`,
          `t84`.`patient_refills`,
          `t84`.`patient_lapses`,
          `t84`.`other_active`,
          `t84`.`same_class_active`,
          `t84`.`related_started`,
          `t84`.`related_before`,
          `t84`.`hba1c`,
          `t84`.`hba1c_mean`,
          `t84`.`hba1c_age`,
          `t57`.`part_row`,
          `t57`.`recent_stay`
        FROM (
          SELECT
            `t82`.`row`,
            `t82`.`observed`,
            `t82`.`days_left`,
            `t82`.`days_since_fill`,
            `t82`.`last_days_supply`,
            `t82`.`days_supply_change`,
            `t82`.`supply_imputed`,
            `t82`.`late_last`,
            `t82`.`fill_number`,
            `t82`.`first_fill`,
            `t82`.`second_fill`,
            `t82`.`copay_month`,
            `t82`.`copay_change`,
            `t82`.`refills_remaining`,
            `t82`.`mail`,
            `t82`.`reset_months`,
            `t82`.`covered_30`,
            `t82`.`covered_90`,
            `t82`.`covered_180`,
            `t82`.`covered_365`,
            `t82`.`fills_180`,
            `t82`.`fills_365`,
            `t82`.`sum_3`,
            `t82`.`count_3`,
            `t82`.`sum_365`,
            `t82`.`count_365`,
            `t82`.`slow_365`,
            `t82`.`patient_late`,
            `t82`.`patient_refills`,
            `t82`.`patient_lapses`,
            `t82`.`other_active`,
            `t82`.`same_class_active`,
            `t82`.`related_started`,
            `t82`.`related_before`,
            `t82`.`hba1c`,
            `t82`.`hba1c_mean`,
            `t82`.`hba1c_age`
          FROM (
            SELECT
              `t81`.`row`,
              `t81`.`observed`,
              `t81`.`days_left`,
              `t81`.`days_since_fill`,
              `t81`.`last_days_supply`,
              `t81`.`days_supply_change`,
              `t81`.`supply_imputed`,
              `t81`.`late_last`,
              `t81`.`fill_number`,
              `t81`.`first_fill`,
              `t81`.`second_fill`,
              `t81`.`copay_month`,
              `t81`.`copay_change`,
              `t81`.`refills_remaining`,
              `t81`.`mail`,
              `t81`.`reset_months`,
              `t81`.`covered_30`,
              `t81`.`covered_90`,
              `t81`.`covered_180`,
              `t81`.`covered_365`,
              `t81`.`fills_180`,
              `t81`.`fills_365`,
              `t81`.`sum_3`,
              `t81`.`count_3`,
              `t81`.`sum_365`,
              `t81`.`count_365`,
              `t81`.`slow_365`,
              `t81`.`patient_late`,
              `t81`.`patient_refills`,
              `t81`.`patient_lapses`,
              `t81`.`other_active`,
              `t81`.`same_class_active`,
              `t81`.`related_started`,
              `t81`.`related_before`,
              `t66`.`part_row`,
              `t66`.`hba1c`,
              `t66`.`hba1c_mean`,
              `t66`.`hba1c_age`
            FROM (
              SELECT
                `t79`.`row`,
                `t79`.`observed`,
                `t79`.`days_left`,
                `t79`.`days_since_fill`,
                `t79`.`last_days_supply`,
                `t79`.`days_supply_change`,
                `t79`.`supply_imputed`,
                `t79`.`late_last`,
                `t79`.`fill_number`,
                `t79`.`first_fill`,
                `t79`.`second_fill`,
                `t79`.`copay_month`,
                `t79`.`copay_change`,
                `t79`.`refills_remaining`,
                `t79`.`mail`,
                `t79`.`reset_months`,
                `t79`.`covered_30`,
                `t79`.`covered_90`,
                `t79`.`covered_180`,
                `t79`.`covered_365`,
                `t79`.`fills_180`,
                `t79`.`fills_365`,
                `t79`.`sum_3`,
                `t79`.`count_3`,
                `t79`.`sum_365`,
                `t79`.`count_365`,
                `t79`.`slow_365`,
                `t79`.`patient_late`,
                `t79`.`patient_refills`,
                `t79`.`patient_lapses`,
                `t79`.`other_active`,
                `t79`.`same_class_active`,
                `t79`.`related_started`,
                `t79`.`related_before`
              FROM (
                SELECT
                  `t78`.`row`,
                  `t78`.`observed`,
                  `t78`.`days_left`,
                  `t78`.`days_since_fill`,
                  `t78`.`last_days_supply`,
                  `t78`.`days_supply_change`,
                  `t78`.`supply_imputed`,
                  `t78`.`late_last`,
                  `t78`.`fill_number`,
                  `t78`.`first_fill`,
                  `t78`.`second_fill`,
                  `t78`.`copay_month`,
                  `t78`.`copay_change`,
                  `t78`.`refills_remaining`,
                  `t78`.`mail`,
                  `t78`.`reset_months`,
                  `t78`.`covered_30`,
                  `t78`.`covered_90`,
                  `t78`.`covered_180`,
                  `t78`.`covered_365`,
                  `t78`.`fills_180`,
                  `t78`.`fills_365`,
                  `t78`.`sum_3`,
                  `t78`.`count_3`,
                  `t78`.`sum_365`,
                  `t78`.`count_365`,
                  `t78`.`slow_365`,
                  `t78`.`patient_late`,
                  `t78`.`patient_refills`,
                  `t78`.`patient_lapses`,
                  `t78`.`other_active`,
                  `t78`.`same_class_active`,
                  `t62`.`part_row`,
                  `t62`.`related_started`,
                  `t62`.`related_before`
                FROM (
                  SELECT
                    `t76`.`row`,
                    `t76`.`observed`,
                    `t76`.`days_left`,
                    `t76`.`days_since_fill`,
                    `t76`.`last_days_supply`,
                    `t76`.`days_supply_change`,
                    `t76`.`supply_imputed`,
                    `t76`.`late_last`,
                    `t76`.`fill_number`,
                    `t76`.`first_fill`,
                    `t76`.`second_fill`,
                    `t76`.`copay_month`,
                    `t76`.`copay_change`,
                    `t76`.`refills_remaining`,
                    `t76`.`mail`,
                    `t76`.`reset_months`,
                    `t76`.`covered_30`,
                    `t76`.`covered_90`,
                    `t76`.`covered_180`,
                    `t76`.`covered_365`,
                    `t76`.`fills_180`,
                    `t76`.`fills_365`,
                    `t76`.`sum_3`,
                    `t76`.`count_3`,
                    `t76`.`sum_365`,
                    `t76`.`count_365`,
                    `t76`.`slow_365`,
                    `t76`.`patient_late`,
                    `t76`.`patient_refills`,
                    `t76`.`patient_lapses`,
                    `t76`.`other_active`,
                    `t76`.`same_class_active`
                  FROM (
                    SELECT
                      `t75`.`row`,
                      `t75`.`observed`,
                      `t75`.`days_left`,
                      `t75`.`days_since_fill`,
                      `t75`.`last_days_supply`,
                      `t75`.`days_supply_change`,
                      `t75`.`supply_imputed`,
                      `t75`.`late_last`,
                      `t75`.`fill_number`,
                      `t75`.`first_fill`,
                      `t75`.`second_fill`,
                      `t75`.`copay_month`,
                      `t75`.`copay_change`,
                      `t75`.`refills_remaining`,
                      `t75`.`mail`,
                      `t75`.`reset_months`,
                      `t75`.`covered_30`,
                      `t75`.`covered_90`,
                      `t75`.`covered_180`,
                      `t75`.`covered_365`,
                      `t75`.`fills_180`,
                      `t75`.`fills_365`,
                      `t75`.`sum_3`,
                      `t75`.`count_3`,
                      `t75`.`sum_365`,
                      `t75`.`count_365`,
                      `t75`.`slow_365`,
                      `t75`.`patient_late`,
                      `t75`.`patient_refills`,
                      `t75`.`patient_lapses`,
                      `t53`.`part_row`,
                      `t53`.`other_active`,
                      `t53`.`same_class_active`
                    FROM (
                      SELECT
                        `t73`.`row`,
                        `t73`.`observed`,
                        `t73`.`days_left`,
                        `t73`.`days_since_fill`,
                        `t73`.`last_days_supply`,
                        `t73`.`days_supply_change`,
                        `t73`.`supply_imputed`,
                        `t73`.`late_last`,
                        `t73`.`fill_number`,
                        `t73`.`first_fill`,
                        `t73`.`second_fill`,
                        `t73`.`copay_month`,
                        `t73`.`copay_change`,
                        `t73`.`refills_remaining`,
                        `t73`.`mail`,
                        `t73`.`reset_months`,
                        `t73`.`covered_30`,
                        `t73`.`covered_90`,
                        `t73`.`covered_180`,
                        `t73`.`covered_365`,
                        `t73`.`fills_180`,
                        `t73`.`fills_365`,
                        `t73`.`sum_3`,
                        `t73`.`count_3`,
                        `t73`.`sum_365`,
                        `t73`.`count_365`,
                        `t73`.`slow_365`,
                        `t73`.`patient_late`,
                        `t73`.`patient_refills`,
                        `t73`.`patient_lapses`
                      FROM (
                        SELECT
                          `t71`.`row`,
                          `t71`.`observed`,
                          `t71`.`days_left`,
                          `t71`.`days_since_fill`,
                          `t71`.`last_days_supply`,
                          `t71`.`days_supply_change`,
                          `t71`.`supply_imputed`,
                          `t71`.`late_last`,
                          `t71`.`fill_number`,
                          `t71`.`first_fill`,
                          `t71`.`second_fill`,
                          `t71`.`copay_month`,
                          `t71`.`copay_change`,
                          `t71`.`refills_remaining`,
                          `t71`.`mail`,
                          `t71`.`reset_months`,
                          `t71`.`covered_30`,
                          `t71`.`covered_90`,
                          `t71`.`covered_180`,
                          `t71`.`covered_365`,
                          `t71`.`fills_180`,
                          `t71`.`fills_365`,
                          `t71`.`sum_3`,
                          `t71`.`count_3`,
                          `t71`.`sum_365`,
                          `t71`.`count_365`,
                          `t71`.`slow_365`,
                          `t49`.`part_row`,
                          `t49`.`patient_late`,
                          `t49`.`patient_refills`,
                          `t49`.`patient_lapses`
                        FROM (
                          SELECT
                            `t68`.`row`,
                            `t68`.`observed`,
                            `t68`.`days_left`,
                            `t68`.`days_since_fill`,
                            `t68`.`last_days_supply`,
                            `t68`.`days_supply_change`,
                            `t68`.`supply_imputed`,
                            `t68`.`late_last`,
                            `t68`.`fill_number`,
                            `t68`.`first_fill`,
                            `t68`.`second_fill`,
                            `t68`.`copay_month`,
                            `t68`.`copay_change`,
                            `t68`.`refills_remaining`,
                            `t68`.`mail`,
                            `t68`.`reset_months`,
                            `t68`.`covered_30`,
                            `t68`.`covered_90`,
                            `t68`.`covered_180`,
                            `t68`.`covered_365`,
                            `t68`.`fills_180`,
                            `t68`.`fills_365`,
                            `t68`.`sum_3`,
                            `t68`.`count_3`,
                            `t68`.`sum_365`,
                            `t68`.`count_365`,
                            `t68`.`slow_365`
                          FROM (
                            SELECT
                              `t6`.`row`,
                              `t6`.`known` - `t15`.`first_day` AS `observed`,
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
                              `t20`.`days_supply` - `t31`.`before_supply` AS `days_supply_change`,
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
                              `t6`.`fill` = `t15`.`first_fill` AS `first_fill`,
                              `t6`.`fill` = (
                                `t15`.`first_fill` + 1
                              ) AS `second_fill`,
                              `t20`.`copay_month`,
                              IF(
                                IF(
                                  (
                                    (
                                      `t20`.`copay_month` + 1
                                    ) / (
                                      `t31`.`before_copay` + 1
                                    )
                                  ) IS NULL,
                                  (
                                    `t20`.`copay_month` + 1
                                  ) / (
                                    `t31`.`before_copay` + 1
                                  ),
                                  LEAST(10.0, (
                                    `t20`.`copay_month` + 1
                                  ) / (
                                    `t31`.`before_copay` + 1
                                  ))
                                ) IS NULL,
                                IF(
                                  (
                                    (
                                      `t20`.`copay_month` + 1
                                    ) / (
                                      `t31`.`before_copay` + 1
                                    )
                                  ) IS NULL,
                                  (
                                    `t20`.`copay_month` + 1
                                  ) / (
                                    `t31`.`before_copay` + 1
                                  ),
                                  LEAST(10.0, (
                                    `t20`.`copay_month` + 1
                                  ) / (
                                    `t31`.`before_copay` + 1
                                  ))
                                ),
                                GREATEST(
                                  0.1,
                                  IF(
                                    (
                                      (
                                        `t20`.`copay_month` + 1
                                      ) / (
                                        `t31`.`before_copay` + 1
                                      )
                                    ) IS NULL,
                                    (
                                      `t20`.`copay_month` + 1
                                    ) / (
                                      `t31`.`before_copay` + 1
                                    ),
                                    LEAST(10.0, (
                                      `t20`.`copay_month` + 1
                                    ) / (
                                      `t31`.`before_copay` + 1
                                    ))
                                  )
                                )
                              ) AS `copay_change`,
                              `t20`.`refills_remaining`,
                              `t20`.`mail`,
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
                              `t64`.`part_row`,
                              `t64`.`covered_30`,
                              `t64`.`covered_90`,
                              `t64`.`covered_180`,
                              `t64`.`covered_365`,
                              `t64`.`fills_180`,
                              `t64`.`fills_365`,
                              `t64`.`sum_3`,
                              `t64`.`count_3`,
                              `t64`.`sum_365`,
                              `t64`.`count_365`,
                              `t64`.`slow_365`
                            FROM `rows` AS `t6`
                            INNER JOIN (
                              SELECT
                                `t5`.`fill`,
                                `t5`.`day`,
                                `t5`.`days_supply`,
                                `t5`.`imputed`,
                                `t5`.`begin`,
                                `t5`.`end`,
                                `t5`.`run_out`,
                                `t5`.`late`,
                                `t5`.`lapse`,
                                `t5`.`copay_month`,
                                `t5`.`refills_remaining`,
                                `t5`.`fill_number`,
                                `t5`.`mail`
                              FROM `fills` AS `t5`
                            ) AS `t20`
                              ON `t6`.`fill` = `t20`.`fill`
                            INNER JOIN (
                              SELECT
                                `t4`.`series`,
                                `t4`.`first_fill`,
                                `t4`.`first_day`,
                                `t4`.`kind`,
                                `t4`.`drug`
                              FROM `series` AS `t4`
                            ) AS `t15`
                              ON `t6`.`series` = `t15`.`series`
                            LEFT OUTER JOIN (
                              SELECT
                                `t5`.`fill` + 1 AS `before`,
                                `t5`.`series` AS `before_series`,
                                `t5`.`copay_month` AS `before_copay`,
                                `t5`.`days_supply` AS `before_supply`
                              FROM `fills` AS `t5`
                            ) AS `t31`
                              ON `t6`.`fill` = `t31`.`before` AND `t6`.`series` = `t31`.`before_series`
                            LEFT OUTER JOIN (
                              SELECT
                                `t60`.`row` AS `part_row`,
                                `t60`.`covered_30`,
                                `t60`.`covered_90`,
                                `t60`.`covered_180`,
                                `t60`.`covered_365`,
                                `t60`.`fills_180`,
                                `t60`.`fills_365`,
                                `t60`.`sum_3`,
                                `t60`.`count_3`,
                                `t60`.`sum_365`,
                                `t60`.`count_365`,
                                `t60`.`slow_365`
                              FROM (
                                SELECT
                                  `t47`.`row`,
                                  SUM(
                                    GREATEST(
                                      0,
                                      LEAST(`t47`.`end`, `t47`.`known`) - GREATEST(`t47`.`begin`, GREATEST(`t47`.`known` - 30, `t47`.`first_day`))
                                    )
                                  ) AS `covered_30`,
                                  SUM(
                                    GREATEST(
                                      0,
                                      LEAST(`t47`.`end`, `t47`.`known`) - GREATEST(`t47`.`begin`, GREATEST(`t47`.`known` - 90, `t47`.`first_day`))
                                    )
                                  ) AS `covered_90`,
                                  SUM(
                                    GREATEST(
                                      0,
                                      LEAST(`t47`.`end`, `t47`.`known`) - GREATEST(`t47`.`begin`, GREATEST(`t47`.`known` - 180, `t47`.`first_day`))
                                    )
                                  ) AS `covered_180`,
                                  SUM(
                                    GREATEST(
                                      0,
                                      LEAST(`t47`.`end`, `t47`.`known`) - GREATEST(`t47`.`begin`, GREATEST(`t47`.`known` - 365, `t47`.`first_day`))
                                    )
                                  ) AS `covered_365`,
                                  SUM(CAST(`t47`.`day_right` > (
                                    `t47`.`known` - 180
                                  ) AS INT)) AS `fills_180`,
                                  SUM(CAST(`t47`.`day_right` > (
                                    `t47`.`known` - 365
                                  ) AS INT)) AS `fills_365`,
                                  SUM(
                                    IF(
                                      (
                                        `t47`.`fill` - `t47`.`fill_right`
                                      ) < 3,
                                      IF(
                                        IF(`t47`.`late` IS NULL, `t47`.`late`, LEAST(90, `t47`.`late`)) IS NULL,
                                        IF(`t47`.`late` IS NULL, `t47`.`late`, LEAST(90, `t47`.`late`)),
                                        GREATEST(-60, IF(`t47`.`late` IS NULL, `t47`.`late`, LEAST(90, `t47`.`late`)))
                                      ),
                                      NULL
                                    )
                                  ) AS `sum_3`,
                                  COUNT(IF((
                                    `t47`.`fill` - `t47`.`fill_right`
                                  ) < 3, `t47`.`late`, NULL)) AS `count_3`,
                                  SUM(
                                    IF(
                                      `t47`.`day_right` > (
                                        `t47`.`known` - 365
                                      ),
                                      IF(
                                        IF(`t47`.`late` IS NULL, `t47`.`late`, LEAST(90, `t47`.`late`)) IS NULL,
                                        IF(`t47`.`late` IS NULL, `t47`.`late`, LEAST(90, `t47`.`late`)),
                                        GREATEST(-60, IF(`t47`.`late` IS NULL, `t47`.`late`, LEAST(90, `t47`.`late`)))
                                      ),
                                      NULL
                                    )
                                  ) AS `sum_365`,
                                  COUNT(IF(`t47`.`day_right` > (
                                    `t47`.`known` - 365
                                  ), `t47`.`late`, NULL)) AS `count_365`,
                                  SUM(
                                    CAST(COALESCE(`t47`.`late` > 7, FALSE)
                                    AND (
                                      `t47`.`day_right` > (
                                        `t47`.`known` - 365
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
                                    `t40`.`fill` AS `fill_right`,
                                    `t40`.`series` AS `series_right`,
                                    `t40`.`patient` AS `patient_right`,
                                    `t40`.`day` AS `day_right`,
                                    `t40`.`days_supply`,
                                    `t40`.`imputed`,
                                    `t40`.`begin`,
                                    `t40`.`end`,
                                    `t40`.`run_out` AS `run_out_right`,
                                    `t40`.`late`,
                                    `t40`.`lapse`,
                                    `t40`.`copay_month`,
                                    `t40`.`refills_remaining`,
                                    `t40`.`fill_number`,
                                    `t40`.`mail`,
                                    `t40`.`first_day`
                                  FROM `rows` AS `t6`
                                  INNER JOIN (
                                    SELECT
                                      `t11`.`fill`,
                                      `t11`.`series`,
                                      `t11`.`patient`,
                                      `t11`.`day`,
                                      `t11`.`days_supply`,
                                      `t11`.`imputed`,
                                      `t11`.`begin`,
                                      `t11`.`end`,
                                      `t11`.`run_out`,
                                      `t11`.`late`,
                                      `t11`.`lapse`,
                                      `t11`.`copay_month`,
                                      `t11`.`refills_remaining`,
                                      `t11`.`fill_number`,
                                      `t11`.`mail`,
                                      `t27`.`first_day`
                                    FROM `fills` AS `t11`
                                    INNER JOIN (
                                      SELECT
                                        `t4`.`series`,
                                        `t4`.`first_day`
                                      FROM `series` AS `t4`
                                    ) AS `t27`
                                      ON `t11`.`series` = `t27`.`series`
                                  ) AS `t40`
                                    ON `t6`.`series` = `t40`.`series`
                                    AND `t40`.`fill` <= `t6`.`fill`
                                    AND `t40`.`run_out` > (
                                      (
                                        `t6`.`known` - 365
                                      ) - 1
                                    )
                                ) AS `t47`
                                GROUP BY
                                  1
                              ) AS `t60`
                            ) AS `t64`
                              ON `t6`.`row` = `t64`.`part_row`
                          ) AS `t68`
                        ) AS `t71`
                        LEFT OUTER JOIN (
                          SELECT
                            `t42`.`row` AS `part_row`,
                            `t42`.`total` AS `patient_late`,
                            `t42`.`refills` AS `patient_refills`,
                            `t42`.`lapses` AS `patient_lapses`
                          FROM (
                            SELECT
                              `t35`.`patient`,
                              `t35`.`day`,
                              `t35`.`late`,
                              `t35`.`lapsed`,
                              `t35`.`row`,
                              SUM(`t35`.`late`) OVER (
                                PARTITION BY `t35`.`patient`
                                ORDER BY `t35`.`day` ASC NULLS LAST
                                RANGE BETWEEN 364 PRECEDING AND CURRENT ROW
                              ) AS `total`,
                              COUNT(`t35`.`late`) OVER (
                                PARTITION BY `t35`.`patient`
                                ORDER BY `t35`.`day` ASC NULLS LAST
                                RANGE BETWEEN 364 PRECEDING AND CURRENT ROW
                              ) AS `refills`,
                              SUM(`t35`.`lapsed`) OVER (
                                PARTITION BY `t35`.`patient`
                                ORDER BY `t35`.`day` ASC NULLS LAST
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
                                    `t5`.`patient`,
                                    `t5`.`day`,
                                    IF(
                                      IF(`t5`.`late` IS NULL, `t5`.`late`, LEAST(90, `t5`.`late`)) IS NULL,
                                      IF(`t5`.`late` IS NULL, `t5`.`late`, LEAST(90, `t5`.`late`)),
                                      GREATEST(-60, IF(`t5`.`late` IS NULL, `t5`.`late`, LEAST(90, `t5`.`late`)))
                                    ) AS `late`,
                                    0 AS `lapsed`,
                                    CAST(NULL AS INT) AS `row`
                                  FROM `fills` AS `t5`
                                ) AS `t30`
                                UNION ALL
                                SELECT
                                  *
                                FROM (
                                  SELECT
                                    `t5`.`patient`,
                                    `t5`.`lapse` AS `day`,
                                    CAST(NULL AS INT) AS `late`,
                                    1 AS `lapsed`,
                                    CAST(NULL AS INT) AS `row`
                                  FROM `fills` AS `t5`
                                  WHERE
                                    `t5`.`lapse` IS NOT NULL
                                ) AS `t29`
                              ) AS `t32`
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
                              ) AS `t14`
                            ) AS `t35`
                          ) AS `t42`
                          WHERE
                            `t42`.`row` IS NOT NULL
                        ) AS `t49`
                          ON `t71`.`row` = `t49`.`part_row`
                      ) AS `t73`
                    ) AS `t75`
                    LEFT OUTER JOIN (
                      SELECT
                        `t46`.`row` AS `part_row`,
                        `t46`.`other_active`,
                        `t46`.`same_class_active`
                      FROM (
                        SELECT
                          `t37`.`row`,
                          COUNT(`t37`.`row`) OVER (
                            PARTITION BY `t37`.`patient`, `t37`.`day`
                            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                          ) - 1 AS `other_active`,
                          COUNT(`t37`.`row`) OVER (
                            PARTITION BY `t37`.`patient`, `t37`.`day`, `t37`.`kind`
                            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                          ) - 1 AS `same_class_active`
                        FROM (
                          SELECT
                            `t6`.`row`,
                            `t6`.`patient`,
                            `t6`.`day`,
                            `t24`.`kind`
                          FROM `rows` AS `t6`
                          INNER JOIN (
                            SELECT
                              `t4`.`series`,
                              `t4`.`kind`
                            FROM `series` AS `t4`
                          ) AS `t24`
                            ON `t6`.`series` = `t24`.`series`
                        ) AS `t37`
                      ) AS `t46`
                    ) AS `t53`
                      ON `t75`.`row` = `t53`.`part_row`
                  ) AS `t76`
                ) AS `t78`
                LEFT OUTER JOIN (
                  SELECT
                    `t59`.`row` AS `part_row`,
                    `t59`.`related_started`,
                    `t59`.`related_before`
                  FROM (
                    SELECT
                      `t21`.`row`,
                      COALESCE(`t54`.`related_started`, FALSE) AS `related_started`,
                      COALESCE(`t54`.`related_before`, FALSE) AS `related_before`
                    FROM (
                      SELECT
                        `t0`.`row`
                      FROM `rows` AS `t0`
                    ) AS `t21`
                    LEFT OUTER JOIN (
                      SELECT
                        `t39`.`row`,
                        BOOL_OR(`t39`.`other_day` >= (
                          `t39`.`run_out` - 30
                        )) AS `related_started`,
                        BOOL_OR(NOT (
                          `t39`.`other_day` >= (
                            `t39`.`run_out` - 30
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
                          `t25`.`kind`,
                          `t25`.`drug`,
                          `t26`.`other`,
                          `t26`.`whose`,
                          `t26`.`other_day`,
                          `t26`.`other_kind`,
                          `t26`.`other_drug`
                        FROM `rows` AS `t6`
                        INNER JOIN (
                          SELECT
                            `t4`.`series`,
                            `t4`.`kind`,
                            `t4`.`drug`
                          FROM `series` AS `t4`
                        ) AS `t25`
                          ON `t6`.`series` = `t25`.`series`
                        INNER JOIN (
                          SELECT
                            `t4`.`series` AS `other`,
                            `t4`.`patient` AS `whose`,
                            `t4`.`first_day` AS `other_day`,
                            `t4`.`kind` AS `other_kind`,
                            `t4`.`drug` AS `other_drug`
                          FROM `series` AS `t4`
                        ) AS `t26`
                          ON `t6`.`patient` = `t26`.`whose`
                          AND `t6`.`series` <> `t26`.`other`
                          AND `t26`.`other_day` <= `t6`.`known`
                          AND (
                            (
                              `t25`.`kind` = `t26`.`other_kind`
                            )
                            OR (
                              `t25`.`drug` = `t26`.`other_drug`
                            )
                          )
                      ) AS `t39`
                      GROUP BY
                        1
                    ) AS `t54`
                      ON `t21`.`row` = `t54`.`row`
                  ) AS `t59`
                ) AS `t62`
                  ON `t78`.`row` = `t62`.`part_row`
              ) AS `t79`
            ) AS `t81`
            LEFT OUTER JOIN (
              SELECT
                `t58`.`row` AS `part_row`,
                `t58`.`hba1c`,
                `t58`.`total` / CAST(`t58`.`tests` * 1000 AS DOUBLE) AS `hba1c_mean`,
                `t58`.`day` - `t58`.`newest` AS `hba1c_age`
              FROM (
                SELECT
                  `t50`.`row`,
                  `t50`.`day`,
                  MAX_BY(`t50`.`value`, `t50`.`lab_day`) AS `hba1c`,
                  MAX(`t50`.`lab_day`) AS `newest`,
                  SUM(CAST(ROUND(`t50`.`value` * 1000, 0) AS BIGINT)) AS `total`,
                  COUNT(`t50`.`value`) AS `tests`
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
                      `t36`.`lab_day`,
                      `t36`.`value`
                    FROM `rows` AS `t6`
                    INNER JOIN (
                      SELECT
                        `t23`.`patient`,
                        `t23`.`day` AS `lab_day`,
                        `t23`.`value`
                      FROM (
                        SELECT
                          `t3`.`patient`,
                          `t3`.`day`,
                          MAX(`t3`.`value`) AS `value`
                        FROM `labs` AS `t3`
                        GROUP BY
                          1,
                          2
                      ) AS `t23`
                    ) AS `t36`
                      ON `t6`.`patient` = `t36`.`patient`
                  ) AS `t43`
                  WHERE
                    `t43`.`lab_day` <= `t43`.`known` AND `t43`.`lab_day` >= (
                      `t43`.`known` - 365
                    )
                ) AS `t50`
                GROUP BY
                  1,
                  2
              ) AS `t58`
            ) AS `t66`
              ON `t81`.`row` = `t66`.`part_row`
          ) AS `t82`
        ) AS `t84`
        LEFT OUTER JOIN (
          SELECT
            `t55`.`row` AS `part_row`,
            `t55`.`recent_stay`
          FROM (
            SELECT
              `t21`.`row`,
              COALESCE(`t45`.`stayed`, 0.0) AS `recent_stay`
            FROM (
              SELECT
                `t0`.`row`
              FROM `rows` AS `t0`
            ) AS `t21`
            LEFT OUTER JOIN (
              SELECT
                `t41`.`row`,
                1.0 AS `stayed`
              FROM (
                SELECT DISTINCT
                  `t33`.`row`
                FROM (
                  SELECT
                    `t6`.`row`,
                    `t6`.`series`,
                    `t6`.`patient`,
                    `t6`.`fill`,
                    `t6`.`day`,
                    `t6`.`known`,
                    `t6`.`run_out`,
                    `t8`.`admit`,
                    `t8`.`discharge`
                  FROM `rows` AS `t6`
                  INNER JOIN `stays` AS `t8`
                    ON `t6`.`patient` = `t8`.`patient`
                ) AS `t33`
                WHERE
                  `t33`.`admit` <= `t33`.`known` AND `t33`.`discharge` > (
                    `t33`.`known` - 90
                  )
              ) AS `t41`
            ) AS `t45`
              ON `t21`.`row` = `t45`.`row`
          ) AS `t55`
        ) AS `t57`
          ON `t84`.`row` = `t57`.`part_row`
      ) AS `t85`
    ) AS `t87`
    LEFT OUTER JOIN (
      SELECT
        `t67`.`row` AS `part_row`,
        `t67`.`female`,
        `t67`.`depression`,
        `t67`.`n_comorbidities`,
        `t67`.`n_chronic_meds`,
        `t67`.`age`,
        `t67`.`payer_commercial`,
        `t67`.`payer_medicare`,
        `t67`.`payer_medicaid`,
        `t67`.`payer_cash`
      FROM (
        SELECT
          `t22`.`row`,
          `t7`.`female`,
          `t7`.`depression`,
          `t7`.`n_comorbidities`,
          `t7`.`n_chronic_meds`,
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
          ) - `t7`.`birth_year` AS `age`,
          CAST(`t7`.`payer` = 'commercial' AS DOUBLE) AS `payer_commercial`,
          CAST(`t7`.`payer` = 'medicare' AS DOUBLE) AS `payer_medicare`,
          CAST(`t7`.`payer` = 'medicaid' AS DOUBLE) AS `payer_medicaid`,
          CAST(`t7`.`payer` = 'cash' AS DOUBLE) AS `payer_cash`
        FROM (
          SELECT
            `t0`.`row`,
            `t0`.`patient`,
            `t0`.`day`
          FROM `rows` AS `t0`
        ) AS `t22`
        INNER JOIN `patients` AS `t7`
          ON `t22`.`patient` = `t7`.`patient`
      ) AS `t67`
    ) AS `t72`
      ON `t87`.`row` = `t72`.`part_row`
  ) AS `t88`
) AS `t89`
