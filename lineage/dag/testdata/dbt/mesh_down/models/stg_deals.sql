select
    deals.deal_id,
    deals.region_code,
    deals.amount,
    codes.name as region_label
from {{ source('sales', 'deals') }} as deals
left join {{ source('geography', 'codes') }} as codes
    on codes.code = deals.region_code
