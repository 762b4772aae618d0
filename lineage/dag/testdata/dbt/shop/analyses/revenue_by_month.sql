select
    date_trunc('month', ordered_at) as ordered_month,
    sum(amount) as revenue
from {{ ref('orders') }}
group by 1
