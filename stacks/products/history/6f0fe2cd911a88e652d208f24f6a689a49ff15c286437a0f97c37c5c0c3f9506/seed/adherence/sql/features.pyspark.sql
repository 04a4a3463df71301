SELECT
  `t74`.`row`,
  CAST(`t74`.`days_left` AS DOUBLE) AS `days_left`,
  CAST(`t74`.`days_since_fill` AS DOUBLE) AS `days_since_fill`,
  CAST(`t74`.`last_days_supply` AS DOUBLE) AS `last_days_supply`,
  CAST(`t74`.`days_supply_change` AS DOUBLE) AS `days_supply_change`,
  CAST(`t74`.`supply_imputed` AS DOUBLE) AS `supply_imputed`,
  CAST(`t74`.`fills_180` AS DOUBLE) AS `fills_180`,
  CAST(`t74`.`fills_365` AS DOUBLE) AS `fills_365`,
  `t74`.`fill_number`,
  `t74`.`covered_30` / CAST(GREATEST(1, LEAST(30, `t74`.`observed`)) AS DOUBLE) AS `pdc_30`,
  `t74`.`covered_90` / CAST(GREATEST(1, LEAST(90, `t74`.`observed`)) AS DOUBLE) AS `pdc_90`,
  `t74`.`covered_180` / CAST(GREATEST(1, LEAST(180, `t74`.`observed`)) AS DOUBLE) AS `pdc_180`,
  `t74`.`covered_365` / CAST(GREATEST(1, LEAST(365, `t74`.`observed`)) AS DOUBLE) AS `pdc_365`,
  CAST(`t74`.`late_last` AS DOUBLE) AS `late_last`,
  `t74`.`sum_3` / CAST(NULLIF(`t74`.`count_3`, 0) AS DOUBLE) AS `late_mean_3`,
  `t74`.`sum_365` / CAST(NULLIF(`t74`.`count_365`, 0) AS DOUBLE) AS `late_mean_365`,
  `t74`.`slow_365` / CAST(GREATEST(`t74`.`fills_365`, 1) AS DOUBLE) AS `late_share_365`,
  `t74`.`patient_late` / CAST(NULLIF(`t74`.`patient_refills`, 0) AS DOUBLE) AS `patient_late_mean`,
  CAST(`t74`.`patient_refills` AS DOUBLE) AS `patient_refills`,
  CAST(`t74`.`patient_lapses` AS DOUBLE) AS `patient_lapses`,
  CAST(`t74`.`first_fill` AS DOUBLE) AS `first_fill`,
  CAST(`t74`.`second_fill` AS DOUBLE) AS `second_fill`,
  `t74`.`copay_month`,
  `t74`.`copay_change`,
  `t74`.`refills_remaining`,
  `t74`.`mail`,
  CAST(`t74`.`reset_months` AS DOUBLE) AS `reset_months`,
  CAST(`t74`.`other_active` AS DOUBLE) AS `other_active`,
  CAST(`t74`.`same_class_active` AS DOUBLE) AS `same_class_active`,
  CAST(COALESCE(`t74`.`related_started`, FALSE) AS DOUBLE) AS `related_started`,
  CAST(COALESCE(`t74`.`related_before`, FALSE) AS DOUBLE) AS `related_before`,
  COALESCE(`t74`.`recent_stay`, 0.0) AS `recent_stay`,
  `t74`.`hba1c`,
  `t74`.`hba1c_mean`,
  CAST(`t74`.`hba1c_age` AS DOUBLE) AS `hba1c_age`,
  CAST(`t74`.`age` AS DOUBLE) AS `age`,
  `t74`.`female`,
  `t74`.`depression`,
  `t74`.`n_comorbidities`,
  `t74`.`n_chronic_meds`,
  `t74`.`payer_commercial`,
  `t74`.`payer_medicare`,
  `t74`.`payer_medicaid`,
  `t74`.`payer_cash`
FROM (
  SELECT
    `t73`.`row`,
    `t73`.`copay_month`,
    `t73`.`refills_remaining`,
    `t73`.`mail`,
    `t73`.`female`,
    `t73`.`depression`,
    `t73`.`n_comorbidities`,
    `t73`.`n_chronic_meds`,
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
    `t73`.`copay_change`,
    `t73`.`reset_months`,
    `t73`.`age`,
    `t73`.`payer_commercial`,
    `t73`.`payer_medicare`,
    `t73`.`payer_medicaid`,
    `t73`.`payer_cash`,
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
    `t73`.`patient_lapses`,
    `t73`.`other_active`,
    `t73`.`same_class_active`,
    `t73`.`related_started`,
    `t73`.`related_before`,
    `t73`.`hba1c`,
    `t73`.`hba1c_mean`,
    `t73`.`hba1c_age`,
    `t73`.`recent_stay`
  FROM (
    SELECT
      `t72`.`row`,
      `t72`.`copay_month`,
      `t72`.`refills_remaining`,
      `t72`.`mail`,
      `t72`.`female`,
      `t72`.`depression`,
      `t72`.`n_comorbidities`,
      `t72`.`n_chronic_meds`,
      `t72`.`observed`,
      `t72`.`days_left`,
      `t72`.`days_since_fill`,
      `t72`.`last_days_supply`,
      `t72`.`days_supply_change`,
      `t72`.`supply_imputed`,
      `t72`.`late_last`,
      `t72`.`fill_number`,
      `t72`.`first_fill`,
      `t72`.`second_fill`,
      `t72`.`copay_change`,
      `t72`.`reset_months`,
      `t72`.`age`,
      `t72`.`payer_commercial`,
      `t72`.`payer_medicare`,
      `t72`.`payer_medicaid`,
      `t72`.`payer_cash`,
      `t72`.`covered_30`,
      `t72`.`covered_90`,
      `t72`.`covered_180`,
      `t72`.`covered_365`,
      `t72`.`fills_180`,
      `t72`.`fills_365`,
      `t72`.`sum_3`,
      `t72`.`count_3`,
      `t72`.`sum_365`,
      `t72`.`count_365`,
      `t72`.`slow_365`,
      `t72`.`patient_late`,
      `t72`.`patient_refills`,
      `t72`.`patient_lapses`,
      `t72`.`other_active`,
      `t72`.`same_class_active`,
      `t72`.`related_started`,
      `t72`.`related_before`,
      `t72`.`hba1c`,
      `t72`.`hba1c_mean`,
      `t72`.`hba1c_age`,
      `t41`.`part_row`,
      `t41`.`recent_stay`
    FROM (
      SELECT
        `t70`.`row`,
        `t70`.`copay_month`,
        `t70`.`refills_remaining`,
        `t70`.`mail`,
        `t70`.`female`,
        `t70`.`depression`,
        `t70`.`n_comorbidities`,
        `t70`.`n_chronic_meds`,
        `t70`.`observed`,
        `t70`.`days_left`,
        `t70`.`days_since_fill`,
        `t70`.`last_days_supply`,
        `t70`.`days_supply_change`,
        `t70`.`supply_imputed`,
        `t70`.`late_last`,
        `t70`.`fill_number`,
        `t70`.`first_fill`,
        `t70`.`second_fill`,
        `t70`.`copay_change`,
        `t70`.`reset_months`,
        `t70`.`age`,
        `t70`.`payer_commercial`,
        `t70`.`payer_medicare`,
        `t70`.`payer_medicaid`,
        `t70`.`payer_cash`,
        `t70`.`covered_30`,
        `t70`.`covered_90`,
        `t70`.`covered_180`,
        `t70`.`covered_365`,
        `t70`.`fills_180`,
        `t70`.`fills_365`,
        `t70`.`sum_3`,
        `t70`.`count_3`,
        `t70`.`sum_365`,
        `t70`.`count_365`,
        `t70`.`slow_365`,
        `t70`.`patient_late`,
        `t70`.`patient_refills`,
        `t70`.`patient_lapses`,
        `t70`.`other_active`,
        `t70`.`same_class_active`,
        `t70`.`related_started`,
        `t70`.`related_before`,
        `t70`.`hba1c`,
        `t70`.`hba1c_mean`,
        `t70`.`hba1c_age`
      FROM (
        SELECT
          `t69`.`row`,
          `t69`.`copay_month`,
          `t69`.`refills_remaining`,
          `t69`.`mail`,
          `t69`.`female`,
          `t69`.`depression`,
          `t69`.`n_comorbidities`,
          `t69`.`n_chronic_meds`,
          `t69`.`observed`,
          `t69`.`days_left`,
          `t69`.`days_since_fill`,
          `t69`.`last_days_supply`,
          `t69`.`days_supply_change`,
          `t69`.`supply_imputed`,
          `t69`.`late_last`,
          `t69`.`fill_number`,
          `t69`.`first_fill`,
          `t69`.`second_fill`,
          `t69`.`copay_change`,
          `t69`.`reset_months`,
          `t69`.`age`,
          `t69`.`payer_commercial`,
          `t69`.`payer_medicare`,
          `t69`.`payer_medicaid`,
          `t69`.`payer_cash`,
          `t69`.`covered_30`,
          `t69`.`covered_90`,
          `t69`.`covered_180`,
          `t69`.`covered_365`,
          `t69`.`fills_180`,
          `t69`.`fills_365`,
          `t69`.`sum_3`,
          `t69`.`count_3`,
          `t69`.`sum_365`,
          `t69`.`count_365`,
          `t69`.`slow_365`,
          `t69`.`patient_late`,
          `t69`.`patient_refills`,
          `t69`.`patient_lapses`,
          `t69`.`other_active`,
          `t69`.`same_class_active`,
          `t69`.`related_started`,
          `t69`.`related_before`,
          `t57`.`part_row`,
          `t57`.`hba1c`,
          `t57`.`hba1c_mean`,
          `t57`.`hba1c_age`
        FROM (
          SELECT
            `t67`.`row`,
            `t67`.`copay_month`,
            `t67`.`refills_remaining`,
            `t67`.`mail`,
            `t67`.`female`,
            `t67`.`depression`,
            `t67`.`n_comorbidities`,
            `t67`.`n_chronic_meds`,
            `t67`.`observed`,
            `t67`.`days_left`,
            `t67`.`days_since_fill`,
            `t67`.`last_days_supply`,
            `t67`.`days_supply_change`,
            `t67`.`supply_imputed`,
            `t67`.`late_last`,
            `t67`.`fill_number`,
            `t67`.`first_fill`,
            `t67`.`second_fill`,
            `t67`.`copay_change`,
            `t67`.`reset_months`,
            `t67`.`age`,
            `t67`.`payer_commercial`,
            `t67`.`payer_medicare`,
            `t67`.`payer_medicaid`,
            `t67`.`payer_cash`,
            `t67`.`covered_30`,
            `t67`.`covered_90`,
            `t67`.`covered_180`,
            `t67`.`covered_365`,
            `t67`.`fills_180`,
            `t67`.`fills_365`,
            `t67`.`sum_3`,
            `t67`.`count_3`,
            `t67`.`sum_365`,
            `t67`.`count_365`,
            `t67`.`slow_365`,
            `t67`.`patient_late`,
            `t67`.`patient_refills`,
            `t67`.`patient_lapses`,
            `t67`.`other_active`,
            `t67`.`same_class_active`,
            `t67`.`related_started`,
            `t67`.`related_before`
          FROM (
            SELECT
              `t66`.`row`,
              `t66`.`copay_month`,
              `t66`.`refills_remaining`,
              `t66`.`mail`,
              `t66`.`female`,
              `t66`.`depression`,
              `t66`.`n_comorbidities`,
              `t66`.`n_chronic_meds`,
              `t66`.`observed`,
              `t66`.`days_left`,
              `t66`.`days_since_fill`,
              `t66`.`last_days_supply`,
              `t66`.`days_supply_change`,
              `t66`.`supply_imputed`,
              `t66`.`late_last`,
              `t66`.`fill_number`,
              `t66`.`first_fill`,
              `t66`.`second_fill`,
              `t66`.`copay_change`,
              `t66`.`reset_months`,
              `t66`.`age`,
              `t66`.`payer_commercial`,
              `t66`.`payer_medicare`,
              `t66`.`payer_medicaid`,
              `t66`.`payer_cash`,
              `t66`.`covered_30`,
              `t66`.`covered_90`,
              `t66`.`covered_180`,
              `t66`.`covered_365`,
              `t66`.`fills_180`,
              `t66`.`fills_365`,
              `t66`.`sum_3`,
              `t66`.`count_3`,
              `t66`.`sum_365`,
              `t66`.`count_365`,
              `t66`.`slow_365`,
              `t66`.`patient_late`,
              `t66`.`patient_refills`,
              `t66`.`patient_lapses`,
              `t66`.`other_active`,
              `t66`.`same_class_active`,
              `t51`.`part_row`,
              `t51`.`related_started`,
              `t51`.`related_before`
            FROM (
              SELECT
                `t64`.`row`,
                `t64`.`copay_month`,
                `t64`.`refills_remaining`,
                `t64`.`mail`,
                `t64`.`female`,
                `t64`.`depression`,
                `t64`.`n_comorbidities`,
                `t64`.`n_chronic_meds`,
                `t64`.`observed`,
                `t64`.`days_left`,
                `t64`.`days_since_fill`,
                `t64`.`last_days_supply`,
                `t64`.`days_supply_change`,
                `t64`.`supply_imputed`,
                `t64`.`late_last`,
                `t64`.`fill_number`,
                `t64`.`first_fill`,
                `t64`.`second_fill`,
                `t64`.`copay_change`,
                `t64`.`reset_months`,
                `t64`.`age`,
                `t64`.`payer_commercial`,
                `t64`.`payer_medicare`,
                `t64`.`payer_medicaid`,
                `t64`.`payer_cash`,
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
                `t64`.`slow_365`,
                `t64`.`patient_late`,
                `t64`.`patient_refills`,
                `t64`.`patient_lapses`,
                `t64`.`other_active`,
                `t64`.`same_class_active`
              FROM (
                SELECT
                  `t63`.`row`,
                  `t63`.`copay_month`,
                  `t63`.`refills_remaining`,
                  `t63`.`mail`,
                  `t63`.`female`,
                  `t63`.`depression`,
                  `t63`.`n_comorbidities`,
                  `t63`.`n_chronic_meds`,
                  `t63`.`observed`,
                  `t63`.`days_left`,
                  `t63`.`days_since_fill`,
                  `t63`.`last_days_supply`,
                  `t63`.`days_supply_change`,
                  `t63`.`supply_imputed`,
                  `t63`.`late_last`,
                  `t63`.`fill_number`,
                  `t63`.`first_fill`,
                  `t63`.`second_fill`,
                  `t63`.`copay_change`,
                  `t63`.`reset_months`,
                  `t63`.`age`,
                  `t63`.`payer_commercial`,
                  `t63`.`payer_medicare`,
                  `t63`.`payer_medicaid`,
                  `t63`.`payer_cash`,
                  `t63`.`covered_30`,
                  `t63`.`covered_90`,
                  `t63`.`covered_180`,
                  `t63`.`covered_365`,
                  `t63`.`fills_180`,
                  `t63`.`fills_365`,
                  `t63`.`sum_3`,
                  `t63`.`count_3`,
                  `t63`.`sum_365`,
                  `t63`.`count_365`,
                  `t63`.`slow_365`,
                  `t63`.`patient_late`,
                  `t63`.`patient_refills`,
                  `t63`.`patient_lapses`,
                  `t49`.`part_row`,
                  `t49`.`other_active`,
                  `t49`.`same_class_active`
                FROM (
                  SELECT
                    `t61`.`row`,
                    `t61`.`copay_month`,
                    `t61`.`refills_remaining`,
                    `t61`.`mail`,
                    `t61`.`female`,
                    `t61`.`depression`,
                    `t61`.`n_comorbidities`,
                    `t61`.`n_chronic_meds`,
                    `t61`.`observed`,
                    `t61`.`days_left`,
                    `t61`.`days_since_fill`,
                    `t61`.`last_days_supply`,
                    `t61`.`days_supply_change`,
                    `t61`.`supply_imputed`,
                    `t61`.`late_last`,
                    `t61`.`fill_number`,
                    `t61`.`first_fill`,
                    `t61`.`second_fill`,
                    `t61`.`copay_change`,
                    `t61`.`reset_months`,
                    `t61`.`age`,
                    `t61`.`payer_commercial`,
                    `t61`.`payer_medicare`,
                    `t61`.`payer_medicaid`,
                    `t61`.`payer_cash`,
                    `t61`.`covered_30`,
                    `t61`.`covered_90`,
                    `t61`.`covered_180`,
                    `t61`.`covered_365`,
                    `t61`.`fills_180`,
                    `t61`.`fills_365`,
                    `t61`.`sum_3`,
                    `t61`.`count_3`,
                    `t61`.`sum_365`,
                    `t61`.`count_365`,
                    `t61`.`slow_365`,
                    `t61`.`patient_late`,
                    `t61`.`patient_refills`,
                    `t61`.`patient_lapses`
                  FROM (
                    SELECT
                      `t60`.`row`,
                      `t60`.`copay_month`,
                      `t60`.`refills_remaining`,
                      `t60`.`mail`,
                      `t60`.`female`,
                      `t60`.`depression`,
                      `t60`.`n_comorbidities`,
                      `t60`.`n_chronic_meds`,
                      `t60`.`observed`,
                      `t60`.`days_left`,
                      `t60`.`days_since_fill`,
                      `t60`.`last_days_supply`,
                      `t60`.`days_supply_change`,
                      `t60`.`supply_imputed`,
                      `t60`.`late_last`,
                      `t60`.`fill_number`,
                      `t60`.`first_fill`,
                      `t60`.`second_fill`,
                      `t60`.`copay_change`,
                      `t60`.`reset_months`,
                      `t60`.`age`,
                      `t60`.`payer_commercial`,
                      `t60`.`payer_medicare`,
                      `t60`.`payer_medicaid`,
                      `t60`.`payer_cash`,
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
                      `t60`.`slow_365`,
                      `t45`.`part_row`,
                      `t45`.`patient_late`,
                      `t45`.`patient_refills`,
                      `t45`.`patient_lapses`
                    FROM (
                      SELECT
                        `t58`.`row`,
                        `t58`.`copay_month`,
                        `t58`.`refills_remaining`,
                        `t58`.`mail`,
                        `t58`.`female`,
                        `t58`.`depression`,
                        `t58`.`n_comorbidities`,
                        `t58`.`n_chronic_meds`,
                        `t58`.`observed`,
                        `t58`.`days_left`,
                        `t58`.`days_since_fill`,
                        `t58`.`last_days_supply`,
                        `t58`.`days_supply_change`,
                        `t58`.`supply_imputed`,
                        `t58`.`late_last`,
                        `t58`.`fill_number`,
                        `t58`.`first_fill`,
                        `t58`.`second_fill`,
                        `t58`.`copay_change`,
                        `t58`.`reset_months`,
                        `t58`.`age`,
                        `t58`.`payer_commercial`,
                        `t58`.`payer_medicare`,
                        `t58`.`payer_medicaid`,
                        `t58`.`payer_cash`,
                        `t58`.`covered_30`,
                        `t58`.`covered_90`,
                        `t58`.`covered_180`,
                        `t58`.`covered_365`,
                        `t58`.`fills_180`,
                        `t58`.`fills_365`,
                        `t58`.`sum_3`,
                        `t58`.`count_3`,
                        `t58`.`sum_365`,
                        `t58`.`count_365`,
                        `t58`.`slow_365`
                      FROM (
                        SELECT
                          `t6`.`row`,
                          `t18`.`copay_month`,
                          `t18`.`refills_remaining`,
                          `t18`.`mail`,
                          `t9`.`female`,
                          `t9`.`depression`,
                          `t9`.`n_comorbidities`,
                          `t9`.`n_chronic_meds`,
                          `t6`.`known` - `t17`.`first_day` AS `observed`,
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
                          `t6`.`day` - `t18`.`day` AS `days_since_fill`,
                          `t18`.`days_supply` AS `last_days_supply`,
                          `t18`.`days_supply` - `t27`.`before_supply` AS `days_supply_change`,
                          `t18`.`imputed` AS `supply_imputed`,
                          IF(
                            IF(`t18`.`late` IS NULL, `t18`.`late`, LEAST(90, `t18`.`late`)) IS NULL,
                            IF(`t18`.`late` IS NULL, `t18`.`late`, LEAST(90, `t18`.`late`)),
                            GREATEST(-60, IF(`t18`.`late` IS NULL, `t18`.`late`, LEAST(90, `t18`.`late`)))
                          ) AS `late_last`,
                          IF(
                            IF(`t18`.`fill_number` IS NULL, `t18`.`fill_number`, LEAST(24, `t18`.`fill_number`)) IS NULL,
                            IF(`t18`.`fill_number` IS NULL, `t18`.`fill_number`, LEAST(24, `t18`.`fill_number`)),
                            GREATEST(
                              0,
                              IF(`t18`.`fill_number` IS NULL, `t18`.`fill_number`, LEAST(24, `t18`.`fill_number`))
                            )
                          ) AS `fill_number`,
                          `t6`.`fill` = `t17`.`first_fill` AS `first_fill`,
                          `t6`.`fill` = (
                            `t17`.`first_fill` + 1
                          ) AS `second_fill`,
                          IF(
                            IF(
                              (
                                (
                                  `t18`.`copay_month` + 1
                                ) / (
                                  `t27`.`before_copay` + 1
                                )
                              ) IS NULL,
                              (
                                `t18`.`copay_month` + 1
                              ) / (
                                `t27`.`before_copay` + 1
                              ),
                              LEAST(10.0, (
                                `t18`.`copay_month` + 1
                              ) / (
                                `t27`.`before_copay` + 1
                              ))
                            ) IS NULL,
                            IF(
                              (
                                (
                                  `t18`.`copay_month` + 1
                                ) / (
                                  `t27`.`before_copay` + 1
                                )
                              ) IS NULL,
                              (
                                `t18`.`copay_month` + 1
                              ) / (
                                `t27`.`before_copay` + 1
                              ),
                              LEAST(10.0, (
                                `t18`.`copay_month` + 1
                              ) / (
                                `t27`.`before_copay` + 1
                              ))
                            ),
                            GREATEST(
                              0.1,
                              IF(
                                (
                                  (
                                    `t18`.`copay_month` + 1
                                  ) / (
                                    `t27`.`before_copay` + 1
                                  )
                                ) IS NULL,
                                (
                                  `t18`.`copay_month` + 1
                                ) / (
                                  `t27`.`before_copay` + 1
                                ),
                                LEAST(10.0, (
                                  `t18`.`copay_month` + 1
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
                          ) - `t9`.`birth_year` AS `age`,
                          CAST(`t9`.`payer` = 'commercial' AS DOUBLE) AS `payer_commercial`,
                          CAST(`t9`.`payer` = 'medicare' AS DOUBLE) AS `payer_medicare`,
                          CAST(`t9`.`payer` = 'medicaid' AS DOUBLE) AS `payer_medicaid`,
                          CAST(`t9`.`payer` = 'cash' AS DOUBLE) AS `payer_cash`,
                          `t55`.`part_row`,
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
                          `t55`.`slow_365`
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
                        ) AS `t18`
                          ON `t6`.`fill` = `t18`.`fill`
                        INNER JOIN (
                          SELECT
                            `t3`.`series`,
                            `t3`.`first_fill`,
                            `t3`.`first_day`,
                            `t3`.`kind`,
                            `t3`.`drug`
                          FROM `series` AS `t3`
                        ) AS `t17`
                          ON `t6`.`series` = `t17`.`series`
                        INNER JOIN `patients` AS `t9`
                          ON `t6`.`patient` = `t9`.`patient`
                        LEFT OUTER JOIN (
                          SELECT
                            `t5`.`fill` + 1 AS `before`,
                            `t5`.`series` AS `before_series`,
                            `t5`.`copay_month` AS `before_copay`,
                            `t5`.`days_supply` AS `before_supply`
                          FROM `fills` AS `t5`
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
                              `t43`.`row`,
                              SUM(
                                GREATEST(
                                  0,
                                  LEAST(`t43`.`end`, `t43`.`known`) - GREATEST(`t43`.`begin`, GREATEST(`t43`.`known` - 30, `t43`.`first_day`))
                                )
                              ) AS `covered_30`,
                              SUM(
                                GREATEST(
                                  0,
                                  LEAST(`t43`.`end`, `t43`.`known`) - GREATEST(`t43`.`begin`, GREATEST(`t43`.`known` - 90, `t43`.`first_day`))
                                )
                              ) AS `covered_90`,
                              SUM(
                                GREATEST(
                                  0,
                                  LEAST(`t43`.`end`, `t43`.`known`) - GREATEST(`t43`.`begin`, GREATEST(`t43`.`known` - 180, `t43`.`first_day`))
                                )
                              ) AS `covered_180`,
                              SUM(
                                GREATEST(
                                  0,
                                  LEAST(`t43`.`end`, `t43`.`known`) - GREATEST(`t43`.`begin`, GREATEST(`t43`.`known` - 365, `t43`.`first_day`))
                                )
                              ) AS `covered_365`,
                              SUM(CAST(`t43`.`day_right` > (
                                `t43`.`known` - 180
                              ) AS INT)) AS `fills_180`,
                              SUM(CAST(`t43`.`day_right` > (
                                `t43`.`known` - 365
                              ) AS INT)) AS `fills_365`,
                              SUM(
                                IF(
                                  (
                                    `t43`.`fill` - `t43`.`fill_right`
                                  ) < 3,
                                  IF(
                                    IF(`t43`.`late` IS NULL, `t43`.`late`, LEAST(90, `t43`.`late`)) IS NULL,
                                    IF(`t43`.`late` IS NULL, `t43`.`late`, LEAST(90, `t43`.`late`)),
                                    GREATEST(-60, IF(`t43`.`late` IS NULL, `t43`.`late`, LEAST(90, `t43`.`late`)))
                                  ),
                                  NULL
                                )
                              ) AS `sum_3`,
                              COUNT(IF((
                                `t43`.`fill` - `t43`.`fill_right`
                              ) < 3, `t43`.`late`, NULL)) AS `count_3`,
                              SUM(
                                IF(
                                  `t43`.`day_right` > (
                                    `t43`.`known` - 365
                                  ),
                                  IF(
                                    IF(`t43`.`late` IS NULL, `t43`.`late`, LEAST(90, `t43`.`late`)) IS NULL,
                                    IF(`t43`.`late` IS NULL, `t43`.`late`, LEAST(90, `t43`.`late`)),
                                    GREATEST(-60, IF(`t43`.`late` IS NULL, `t43`.`late`, LEAST(90, `t43`.`late`)))
                                  ),
                                  NULL
                                )
                              ) AS `sum_365`,
                              COUNT(IF(`t43`.`day_right` > (
                                `t43`.`known` - 365
                              ), `t43`.`late`, NULL)) AS `count_365`,
                              SUM(
                                CAST(COALESCE(`t43`.`late` > 7, FALSE)
                                AND (
                                  `t43`.`day_right` > (
                                    `t43`.`known` - 365
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
                                `t36`.`fill` AS `fill_right`,
                                `t36`.`series` AS `series_right`,
                                `t36`.`patient` AS `patient_right`,
                                `t36`.`day` AS `day_right`,
                                `t36`.`days_supply`,
                                `t36`.`imputed`,
                                `t36`.`begin`,
                                `t36`.`end`,
                                `t36`.`run_out` AS `run_out_right`,
                                `t36`.`late`,
                                `t36`.`lapse`,
                                `t36`.`copay_month`,
                                `t36`.`refills_remaining`,
                                `t36`.`fill_number`,
                                `t36`.`mail`,
                                `t36`.`first_day`
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
                                  `t23`.`first_day`
                                FROM `fills` AS `t11`
                                INNER JOIN (
                                  SELECT
                                    `t3`.`series`,
                                    `t3`.`first_day`
                                  FROM `series` AS `t3`
                                ) AS `t23`
                                  ON `t11`.`series` = `t23`.`series`
                              ) AS `t36`
                                ON `t6`.`series` = `t36`.`series`
                                AND `t36`.`fill` <= `t6`.`fill`
                                AND `t36`.`run_out` > (
                                  (
                                    `t6`.`known` - 365
                                  ) - 1
                                )
                            ) AS `t43`
                            GROUP BY
                              1
                          ) AS `t53`
                        ) AS `t55`
                          ON `t6`.`row` = `t55`.`part_row`
                      ) AS `t58`
                    ) AS `t60`
                    LEFT OUTER JOIN (
                      SELECT
                        `t38`.`row` AS `part_row`,
                        `t38`.`total` AS `patient_late`,
                        `t38`.`refills` AS `patient_refills`,
                        `t38`.`lapses` AS `patient_lapses`
                      FROM (
                        SELECT
                          `t31`.`patient`,
                          `t31`.`day`,
                          `t31`.`late`,
                          `t31`.`lapsed`,
                          `t31`.`row`,
                          SUM(`t31`.`late`) OVER (
                            PARTITION BY `t31`.`patient`
                            ORDER BY `t31`.`day` ASC NULLS LAST
                            RANGE BETWEEN 364 PRECEDING AND CURRENT ROW
                          ) AS `total`,
                          COUNT(`t31`.`late`) OVER (
                            PARTITION BY `t31`.`patient`
                            ORDER BY `t31`.`day` ASC NULLS LAST
                            RANGE BETWEEN 364 PRECEDING AND CURRENT ROW
                          ) AS `refills`,
                          SUM(`t31`.`lapsed`) OVER (
                            PARTITION BY `t31`.`patient`
                            ORDER BY `t31`.`day` ASC NULLS LAST
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
                            ) AS `t26`
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
                            ) AS `t25`
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
                          ) AS `t12`
                        ) AS `t31`
                      ) AS `t38`
                      WHERE
                        `t38`.`row` IS NOT NULL
                    ) AS `t45`
                      ON `t60`.`row` = `t45`.`part_row`
                  ) AS `t61`
                ) AS `t63`
                LEFT OUTER JOIN (
                  SELECT
                    `t42`.`row` AS `part_row`,
                    `t42`.`other_active`,
                    `t42`.`same_class_active`
                  FROM (
                    SELECT
                      `t33`.`row`,
                      COUNT(`t33`.`row`) OVER (
                        PARTITION BY `t33`.`patient`, `t33`.`day`
                        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                      ) - 1 AS `other_active`,
                      COUNT(`t33`.`row`) OVER (
                        PARTITION BY `t33`.`patient`, `t33`.`day`, `t33`.`kind`
                        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                      ) - 1 AS `same_class_active`
                    FROM (
                      SELECT
                        `t6`.`row`,
                        `t6`.`patient`,
                        `t6`.`day`,
                        `t20`.`kind`
                      FROM `rows` AS `t6`
                      INNER JOIN (
                        SELECT
                          `t3`.`series`,
                          `t3`.`kind`
                        FROM `series` AS `t3`
                      ) AS `t20`
                        ON `t6`.`series` = `t20`.`series`
                    ) AS `t33`
                  ) AS `t42`
                ) AS `t49`
                  ON `t63`.`row` = `t49`.`part_row`
              ) AS `t64`
            ) AS `t66`
            LEFT OUTER JOIN (
              SELECT
                `t48`.`row` AS `part_row`,
                `t48`.`related_started`,
                `t48`.`related_before`
              FROM (
                SELECT
                  `t35`.`row`,
                  BOOL_OR(`t35`.`other_day` >= (
                    `t35`.`run_out` - 30
                  )) AS `related_started`,
                  BOOL_OR(NOT (
                    `t35`.`other_day` >= (
                      `t35`.`run_out` - 30
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
                    `t21`.`kind`,
                    `t21`.`drug`,
                    `t22`.`other`,
                    `t22`.`whose`,
                    `t22`.`other_day`,
                    `t22`.`other_kind`,
                    `t22`.`other_drug`
                  FROM `rows` AS `t6`
                  INNER JOIN (
                    SELECT
                      `t3`.`series`,
                      `t3`.`kind`,
                      `t3`.`drug`
                    FROM `series` AS `t3`
                  ) AS `t21`
                    ON `t6`.`series` = `t21`.`series`
                  INNER JOIN (
                    SELECT
                      `t3`.`series` AS `other`,
                      `t3`.`patient` AS `whose`,
                      `t3`.`first_day` AS `other_day`,
                      `t3`.`kind` AS `other_kind`,
                      `t3`.`drug` AS `other_drug`
                    FROM `series` AS `t3`
                  ) AS `t22`
                    ON `t6`.`patient` = `t22`.`whose`
                    AND `t6`.`series` <> `t22`.`other`
                    AND `t22`.`other_day` <= `t6`.`known`
                    AND (
                      (
                        `t21`.`kind` = `t22`.`other_kind`
                      )
                      OR (
                        `t21`.`drug` = `t22`.`other_drug`
                      )
                    )
                ) AS `t35`
                GROUP BY
                  1
              ) AS `t48`
            ) AS `t51`
              ON `t66`.`row` = `t51`.`part_row`
          ) AS `t67`
        ) AS `t69`
        LEFT OUTER JOIN (
          SELECT
            `t52`.`row` AS `part_row`,
            `t52`.`hba1c`,
            `t52`.`total` / CAST(`t52`.`tests` * 1000 AS DOUBLE) AS `hba1c_mean`,
            `t52`.`day` - `t52`.`newest` AS `hba1c_age`
          FROM (
            SELECT
              `t46`.`row`,
              `t46`.`day`,
              MAX_BY(`t46`.`value`, `t46`.`lab_day`) AS `hba1c`,
              MAX(`t46`.`lab_day`) AS `newest`,
              SUM(CAST(ROUND(`t46`.`value` * 1000, 0) AS BIGINT)) AS `total`,
              COUNT(`t46`.`value`) AS `tests`
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
                    `t19`.`patient`,
                    `t19`.`day` AS `lab_day`,
                    `t19`.`value`
                  FROM (
                    SELECT
                      `t2`.`patient`,
                      `t2`.`day`,
                      MAX(`t2`.`value`) AS `value`
                    FROM `labs` AS `t2`
                    GROUP BY
                      1,
                      2
                  ) AS `t19`
                ) AS `t32`
                  ON `t6`.`patient` = `t32`.`patient`
              ) AS `t39`
              WHERE
                `t39`.`lab_day` <= `t39`.`known` AND `t39`.`lab_day` >= (
                  `t39`.`known` - 365
                )
            ) AS `t46`
            GROUP BY
              1,
              2
          ) AS `t52`
        ) AS `t57`
          ON `t69`.`row` = `t57`.`part_row`
      ) AS `t70`
    ) AS `t72`
    LEFT OUTER JOIN (
      SELECT
        `t37`.`row` AS `part_row`,
        1.0 AS `recent_stay`
      FROM (
        SELECT DISTINCT
          `t29`.`row`
        FROM (
          SELECT
            `t6`.`row`,
            `t6`.`series`,
            `t6`.`patient`,
            `t6`.`fill`,
            `t6`.`day`,
            `t6`.`known`,
            `t6`.`run_out`,
            `t7`.`admit`,
            `t7`.`discharge`
          FROM `rows` AS `t6`
          INNER JOIN `stays` AS `t7`
            ON `t6`.`patient` = `t7`.`patient`
        ) AS `t29`
        WHERE
          `t29`.`admit` <= `t29`.`known` AND `t29`.`discharge` > (
            `t29`.`known` - 90
          )
      ) AS `t37`
    ) AS `t41`
      ON `t72`.`row` = `t41`.`part_row`
  ) AS `t73`
) AS `t74`
