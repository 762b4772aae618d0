select
    regions.region_code,
    regions.region_name,
    sum(deals.amount) as amount
from {{ ref('stg_deals') }} as deals
inner join {{ ref('mesh_up', 'regions') }} as regions
    on regions.region_code = deals.region_code
group by 1, 2
